// `ess access`: the rights of infra/access.yaml, granted, compared, or written for an operator that grants them.
import type { AccessDifference } from '@ess/domain/access/access-plan.ts';
import { compareAccess } from '@ess/domain/access/access-plan.ts';
import type { Grant } from '@ess/domain/access/right.ts';
import { shownRight } from '@ess/domain/access/right.ts';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { loadSettings, settingsAs } from '@ess/runtime/settings/settings.ts';
import { LOCAL_ADMIN, LOCAL_PERSON } from '@ess/runtime/settings/stack-file.ts';
import { grant, readGrants, revoke } from '@ess/stream/access/acls.ts';
import type { ScramUser } from '@ess/stream/access/scram-users.ts';
import { putScramUsers } from '@ess/stream/access/scram-users.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Command } from 'commander';
import { ACCESS_FILE, readAccessPlan } from '../../access-plan-file.ts';
import { openKafka } from '../../open-kafka.ts';
import { print } from '../../terminal/print.ts';
import { printResources } from '../../terminal/resources.ts';
import { usersWithPassword } from './password-files.ts';
import { refuseToShutOut } from './shut-out.ts';
import { kafkaUsers } from './strimzi-users.ts';

interface Options {
  readonly file: string;
  readonly connectors?: string;
  readonly json?: boolean;
  readonly prune?: boolean;
  readonly passwords?: string;
  readonly cluster?: string;
}

export function addAccessCommand(program: Command): void {
  const access = program.command('access').description('who may do what at Kafka: the rights of infra/access.yaml');
  const withPlan = (command: Command): Command =>
    command
      .option('--file <file>', 'the plan', ACCESS_FILE)
      .option('--connectors <dir>', 'where the connectors are, whose partners the plan is for');
  withPlan(access.command('apply'))
    .description('grants what is missing; as an administrator of Kafka (it takes Alter on the cluster)')
    .option('--prune', 'also takes away what the users of the plan have beyond it')
    .option('--passwords <dir>', 'also makes users (SCRAM-SHA-512): of each the password is in <dir>/<user>.password')
    .option('--json', 'one JSON line per right, and per user that got a password')
    .addHelpText(
      'after',
      '\nExamples:\n  ess access apply\n  ess access apply --prune --json\n  ess access apply --passwords /run/secrets',
    )
    .action(apply);
  withPlan(access.command('check'))
    .description('names each right that is missing, and each that is too much; exit code 1 when there is one')
    .option('--json', 'one JSON line per difference')
    .addHelpText('after', '\nExamples:\n  ess access check\n  ess access check --json | jq -r .right')
    .action(check);
  withPlan(access.command('render'))
    .description('prints the users and their rights as KafkaUser resources of Strimzi (YAML)')
    .requiredOption('--strimzi', 'the only form there is')
    .option('--cluster <name>', "the Kafka resource's name", 'kafka')
    .option('--json', 'one JSON line per resource')
    .addHelpText('after', '\nExamples:\n  ess access render --strimzi --cluster agency | kubectl apply -f -')
    .action((options: Options) => {
      const plan = readAccessPlan(options.file, options.connectors ?? loadSettings().connectors);
      printResources(kafkaUsers(plan, options.cluster ?? 'kafka'), options.json);
    });
}

async function apply(options: Options): Promise<void> {
  const { kafka, access, users, have, difference } = await compared(options, LOCAL_ADMIN);
  if (difference.missing.length > 0) refuseToShutOut(access, [...have, ...difference.missing]);
  if (options.passwords !== undefined) await letIn(kafka, usersWithPassword(options.passwords, users), options);
  const taken = options.prune ? difference.tooMuch : [];
  await grant(kafka, difference.missing);
  await revoke(kafka, taken);
  tellGrants(difference.missing, 'granted', options);
  tellGrants(taken, 'taken away', options);
  if (!options.json && difference.missing.length + taken.length === 0) print('every right is in place');
}

async function letIn(kafka: Kafka, users: readonly ScramUser[], { json }: Options): Promise<void> {
  await putScramUsers(kafka, users);
  for (const { name } of users) print(json ? JSON.stringify({ what: 'password', user: name }) : `password    ${name}`);
}

async function check(options: Options): Promise<void> {
  const { difference } = await compared(options);
  tellGrants(difference.missing, 'missing', options);
  tellGrants(difference.tooMuch, 'too much', options);
  const count = difference.missing.length + difference.tooMuch.length;
  if (count > 0)
    throw new EssError(
      'ESS_CONFIG',
      `${difference.missing.length} rights are missing, ${difference.tooMuch.length} are too much: "ess access apply" grants, with --prune it takes away`,
    );
  if (!options.json) print('every right is in place, and none is too much');
}

interface Compared {
  readonly kafka: Kafka;
  readonly access: KafkaAccess;
  readonly users: readonly string[];
  /** What is on record. */
  readonly have: readonly Grant[];
  readonly difference: AccessDifference;
}

async function compared({ file, connectors }: Options, user: string = LOCAL_PERSON): Promise<Compared> {
  const settings = settingsAs(user);
  const { grants, users } = readAccessPlan(file, connectors ?? settings.connectors);
  const { kafka } = await openKafka('ess-access', [], settings);
  const have = await readGrants(kafka);
  return { kafka, access: settings.kafka, users, have, difference: compareAccess(grants, users, have) };
}

function tellGrants(grants: readonly Grant[], what: string, { json }: Options): void {
  for (const one of grants)
    print(
      json
        ? JSON.stringify({ what, right: shownRight(one), ...one })
        : `${what.padEnd(11)} ${one.user}: ${shownRight(one)}`,
    );
}
