// `ess k8s render`: the manifests of infra/k8s, from the connectors.
import { join } from 'node:path';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { print, tell } from '../../terminal/print.ts';
import type { RenderOptions } from './manifests.ts';
import { writeManifests } from './manifests.ts';
import { USUAL_PLACE } from './place.ts';
import type { NeededSecrets } from './render.ts';

type Options = Omit<RenderOptions, 'connectors'> & { readonly connectors?: string; readonly json?: true };

export function addK8sCommand(program: Command): void {
  const k8s = program.command('k8s').description('manifests for Kubernetes');
  k8s
    .command('render')
    .description('writes the manifests of all programs, from the connectors, topics and rights; asks nobody')
    .option('--connectors <dir>', 'folder of the connectors (default: ESS_CONNECTORS, ./connectors)')
    .option('--out <dir>', 'where the manifests go', 'infra/k8s')
    .option('--check', 'write nothing; exit 1 when the files are others than would be written')
    .option('--image <name>', usually('the image of ESS', 'image'))
    .option('--namespace <name>', usually('where it runs', 'namespace'))
    .option('--kafka <brokers>', usually('host:port, separated by commas', 'kafka'))
    .option('--registry <url>', usually('Confluent API of the schema registry', 'registry'))
    .option('--prometheus <url>', usually('where KEDA asks for ess_desired_workers', 'prometheus'))
    .option('--cluster <name>', usually("the name of Strimzi's Kafka", 'cluster'))
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
A variable with a default is a setting and written down; every other, and each in "access", is a key of the Secret
ess-secrets-<partner>, which you make. What is told is kept in options.yaml of --out: the next time it holds where nothing
is told. Only --connectors is not kept: set ESS_CONNECTORS. docs/kubernetes.md goes through it.

Examples:
  ess k8s render
  ess k8s render --check
  ess k8s render --out deploy --kafka kafka-1:9093,kafka-2:9093 --set HOSPITAL_URL=https://county-health.example/api/v1/reserveBeds
  kubectl apply -k infra/k8s/overlays/plain`,
    )
    .action(render);
}

const usually = (text: string, option: keyof typeof USUAL_PLACE): string =>
  `${text} (default: that of the last time, ${USUAL_PLACE[option]})`;

function render(options: Options): void {
  const { changes, secrets } = writeManifests({
    ...options,
    connectors: options.connectors ?? loadSettings().connectors,
  });
  for (const { file, change } of changes)
    if (options.json) print(JSON.stringify({ file, change }));
    else if (change !== 'unchanged') print(`${join(options.out, file)}  ${change}`);
  const others = changes.filter(({ change }) => change !== 'unchanged').length;
  if (options.check && others > 0) {
    tell(`${others} files are not as they would be rendered: run "ess k8s render"`);
    process.exitCode = 1;
  } else tell(`${changes.length} files${others === 0 ? ', all as they were' : `, ${others} changed`}`);
  if (!options.check && !options.json) tellSecrets(secrets);
}

function tellSecrets({ always, users }: NeededSecrets): void {
  tell('Secrets to make, each with its keys:');
  for (const [name, keys] of always) tell(`  ${name}  ${keys.join(', ')}`);
  tell('and where Kafka has users:');
  for (const [name, keys] of users) tell(`  ${name}  ${keys.join(', ')}`);
}
