// `ess k8s render`: the manifests of infra/k8s, from the connectors.
import { join } from 'node:path';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { print, tell } from '../../terminal/print.ts';
import type { RenderOptions } from './manifests.ts';
import { USUAL_PLACE, writeManifests } from './manifests.ts';

type Options = Omit<RenderOptions, 'connectors'> & { readonly connectors?: string; readonly json?: true };

export function addK8sCommand(program: Command): void {
  const k8s = program.command('k8s').description('manifests for Kubernetes');
  k8s
    .command('render')
    .description('writes the manifests of all programs, from the connectors, topics and rights; asks nobody')
    .option('--connectors <dir>', 'folder of the connectors (default: ESS_CONNECTORS, ./connectors)')
    .option('--out <dir>', 'where the manifests go', 'infra/k8s')
    .option('--check', 'write nothing; exit 1 when the files are others than would be written')
    .option('--image <name>', 'the image of ESS', USUAL_PLACE.image)
    .option('--namespace <name>', 'where it runs', USUAL_PLACE.namespace)
    .option('--kafka <brokers>', 'host:port, separated by commas', USUAL_PLACE.kafka)
    .option('--registry <url>', 'Confluent API of the schema registry', USUAL_PLACE.registry)
    .option('--prometheus <url>', 'where KEDA asks for ess_desired_workers', USUAL_PLACE.prometheus)
    .option('--cluster <name>', "the name of Strimzi's Kafka", USUAL_PLACE.cluster)
    .option(
      '--set <NAME=value>',
      'a variable of a connector that is no secret, as its URL; repeat it',
      (one, all: string[]) => [...all, one],
      [],
    )
    .option('--json', 'one JSON line per file')
    .addHelpText(
      'after',
      `
A variable with a default is a setting and written down; every other is a key of the Secret ess-secrets-<partner>, which you
make. docs/kubernetes.md goes through it.

Examples:
  ess k8s render
  ess k8s render --check
  ess k8s render --out deploy --kafka kafka-1:9093,kafka-2:9093 --set HOSPITAL_URL=https://county-health.example/api/v1/reserveBeds
  kubectl apply -k infra/k8s/overlays/plain`,
    )
    .action(render);
}

function render(options: Options): void {
  const changes = writeManifests({ ...options, connectors: options.connectors ?? loadSettings().connectors });
  for (const { file, change } of changes)
    if (options.json) print(JSON.stringify({ file, change }));
    else if (change !== 'unchanged') print(`${join(options.out, file)}  ${change}`);
  const others = changes.filter(({ change }) => change !== 'unchanged').length;
  if (options.check && others > 0) {
    tell(`${others} files are not as they would be rendered: run "ess k8s render"`);
    process.exitCode = 1;
  } else tell(`${changes.length} files${others === 0 ? ', all as they were' : `, ${others} changed`}`);
}
