// A partner outside that is told of our traces without anybody having said so: it learns ids of ours, and what it sends back with them
// counts as a part of our trace.

import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { addressOf, isPublic } from '@ess/domain/values/network.ts';

/** Names that no public name server knows, and those without a dot. */
const INSIDE = /^[^.]*$|\.(localhost|local|internal|intranet|lan|home|corp|svc|test)\.?$/i;

/** In words; undefined when the host is one of ours (or listed under `deliver.allow`), or the connector says what it wants. */
export function foreignTrace({ deliver, recipe }: Pick<Connector, 'deliver' | 'recipe'>): string | undefined {
  const isSaid = /^\s*trace\s*:|[{,]\s*trace\s*:/m.test(recipe.folder.files.get(CONNECTOR_FILE) ?? '');
  const host = deliver && URL.parse(deliver.url)?.hostname;
  if (isSaid || !host || deliver.allow.length > 0) return undefined;
  const address = addressOf(host);
  if (address ? !isPublic(address) : INSIDE.test(host)) return undefined;
  return `deliver.trace: ${host} is told ids of your traces; write restart to give it a trace of its own, or propagate to keep it so`;
}
