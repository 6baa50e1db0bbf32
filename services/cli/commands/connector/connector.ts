// `ess connector check`: says what is wrong in the connectors before a worker has to refuse them.
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { Checked } from '@ess/runtime/connectors/checked-connector.ts';
import { checkListed, checkOne } from '@ess/runtime/connectors/checked-connector.ts';
import { listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { unusedProxy } from '@ess/runtime/connectors/unused-proxy.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { knownPartner } from '../../known-partner.ts';
import { topicsAtHand } from '../../open-kafka.ts';
import { sourceSchemas } from '../../source-schemas.ts';
import { print, tell } from '../../terminal/print.ts';

interface CheckOptions {
  readonly connectors?: string;
  readonly json?: true;
  /** False with --no-env. */
  readonly env: boolean;
}

export function addConnectorCommand(program: Command): void {
  const connector = program.command('connector').description("partners' contracts: the folders under connectors/");
  connector
    .command('check')
    .description('check connector.yaml, mappings, contract and samples; every mistake is named with its remedy')
    .argument('[partner]', 'only this one; default: all')
    .option('--connectors <dir>', 'folder of the connectors (default: ESS_CONNECTORS, ./connectors)')
    .option('--no-env', 'check the files alone: variables need not be set, e.g. in CI')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ ess connector check hospital\n\nExits 1 when something is wrong.')
    .action(check);
  connector
    .command('preview')
    .description('what a change would alter, over what was really published; nothing is sent')
    .argument('<partner>', 'folder under connectors/')
    .option('--since <time>', 'how far back: a time, or a duration', '7d')
    .option('--mapping <file>', 'instead of the mapping of today')
    .option('--contract <file>', 'instead of contract.schema.json')
    .option('--connector <file>', 'instead of connector.yaml: another scope, for one')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exits 1 when records that get through now would fail.

Examples:
  ess connector preview hospital --mapping new-mapping.json
  ess connector preview hospital --contract v3.schema.json --since 30d --json`,
    )
    .action(async (partner, options) => (await import('./connector-preview.ts')).previewConnector(partner, options));
  connector
    .command('new')
    .description("writes a partner's folder from a few answers; it passes check")
    .argument('<partner>', 'small letters, digits and hyphens')
    .option('--topic <topic>', 'any Avro topic; its fields are given by --field', 'rules')
    .option('--subject <subject>', 'of its schema in the registry (default: <topic>-value)')
    .option('--url <url>', 'takes the deliveries')
    .option('--scope <scope>', 'of the rules it gets')
    .option('--field <source=target>', 'a field to send; repeat it', (field, all: string[] = []) => [...all, field])
    .option('--auth <how>', 'bearer, header:NAME, body:FIELD or none')
    .option('--no-sign', 'without Standard Webhooks signatures')
    .option('--allow <network>', 'a private network it is in; repeat it', (range, all: string[] = []) => [
      ...all,
      range,
    ])
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
What is not given is asked for on a terminal.

Examples:
  ess connector new clinic
  ess connector new clinic --url https://clinic.example/rules --scope Hospital --field minIcuBeds=beds --auth bearer
  ess connector new flood-office --topic water.level --url https://floods.example/levels --field cm=level`,
    )
    .action(async (partner, options) => (await import('./connector-new.ts')).newConnector(partner, options));
  connector
    .command('schema')
    .description('the JSON Schema of the bodies that a partner gets: its mapping, its contract, and our types')
    .argument('<partner>', 'folder under connectors/')
    .option('--stream', 'as on /stream and /replay; default: as delivered, for who gets deliveries')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'on one line')
    .addHelpText('after', '\nExample:\n  $ ess connector schema hospital > hospital.schema.json')
    .action(async (partner, options) => (await import('./connector-schema.ts')).printSchema(partner, options));
  connector
    .command('probe')
    .description(
      'sends a valid, a badly signed, a duplicate, a stale and an oversized delivery, and says how it behaves',
    )
    .argument('<partner>', 'folder under connectors/')
    .option('--url <url>', 'its test URL; default: deliver.url, after a question')
    .option('--yes', 'do not ask')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Exits 1 when deliveries would not get through.

Examples:
  ess connector probe hospital --url https://county-health.example/test/reserveBeds
  ess connector probe hospital --yes --json`,
    )
    .action(async (partner, options) => (await import('./connector-probe.ts')).probe(partner, options));
}

async function check(partner: string | undefined, options: CheckOptions): Promise<void> {
  const settings = loadSettings();
  const root = options.connectors ?? settings.connectors;
  const partners = partner === undefined ? listConnectors(root) : [knownPartner(partner, root)]; // before anybody is asked
  const [schemas, kafkaTopics] = await Promise.all([
    sourceSchemas(root, partners, settings.registry),
    options.env ? topicsAtHand(settings) : undefined,
  ]);
  const isKnown = Array.isArray(kafkaTopics);
  if (kafkaTopics && 'why' in kafkaTopics) tell(`whether Kafka has the topics was not looked at: ${kafkaTopics.why}`);
  const isRegistryAway = schemas.away !== undefined;
  if (isRegistryAway && options.env) tell(`checked against the schemas in schemas/ alone: ${schemas.away}`);
  const known = { ...schemas, isRegistryAway, ...(isKnown && { kafkaTopics }) };
  const one = partner === undefined ? checkListed : checkOne;
  const checked = partners.map((name) => one(root, name, { ...known, withoutEnv: !options.env }));
  if (options.json) print(JSON.stringify(checked.map(({ result }) => result)));
  else for (const each of checked) printChecked(each);
  const straight = options.env ? unusedProxy(checked.flatMap(({ connector }) => connector ?? [])) : undefined;
  if (straight !== undefined) tell(straight);
  const wrong = checked.filter(({ result }) => !result.ok).length;
  const count = `${checked.length} connector${checked.length === 1 ? '' : 's'}`;
  tell(wrong === 0 ? `${count} checked: all good` : `${count} checked: ${wrong} with problems`);
  if (wrong > 0) process.exitCode = 1;
}

function printChecked({ result, connector }: Checked): void {
  for (const problem of result.problems) print(formatProblem(problem));
  if (connector === undefined) return;
  const ways = [
    ...(connector.deliver ? ['deliver'] : []),
    ...(connector.stream.enabled ? ['stream'] : []),
    ...connector.inbound.map(({ path }) => `inbound ${path}`),
  ];
  print(`${result.partner}: ok (${connector.source.topic} → ${ways.join(', ')})`);
  for (const note of result.notes ?? []) print(`  ${note}`);
}
