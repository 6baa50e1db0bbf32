// Resources of Kubernetes on stdout, for `kubectl apply -f -`: YAML documents, or JSON lines.
import { stringify } from 'yaml';
import { print } from './print.ts';

export function printResources(resources: readonly object[], json = false): void {
  for (const resource of resources)
    for (const line of json ? [JSON.stringify(resource)] : ['---', ...stringify(resource).trimEnd().split('\n')])
      print(line);
}
