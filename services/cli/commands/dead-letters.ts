// `ess dead-letters`: what was parked, whole; send it once more, or let it go.
import { randomBytes } from 'node:crypto';
import { CONTROL_TOPIC, controlKey, makeCommand } from '@ess/domain/control-state.ts';
import type { LetterFate } from '@ess/domain/dead-letters.ts';
import {
  DEAD_LETTER_STATE_TOPIC,
  letterKey,
  REDRIVE_LETTERS_MAX,
  REDRIVEN_TIMES_MAX,
} from '@ess/domain/dead-letters.ts';
import { EssError } from '@ess/domain/error.ts';
import { parseMoment } from '@ess/domain/moment.ts';
import { didYouMean } from '@ess/domain/nearest.ts';
import { compilePartner } from '@ess/runtime/connector-folder.ts';
import { loadSettings } from '@ess/runtime/settings.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command as ControlCommand, DeadLetterState } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import type { OutboxRecord } from '@ess/stream/outbox.ts';
import { Outbox } from '@ess/stream/outbox.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { confirm } from '../confirm.ts';
import { knownPartner } from '../known-partner.ts';
import { LETTER_HEADER, letterInFull, letterJson, letterLine } from '../letter-table.ts';
import type { LetterFilter } from '../letters.ts';
import { checkPosition, DEAD_LETTER_TOPIC, findLetters, positionOf, readControl } from '../letters.ts';
import { openKafka } from '../open-kafka.ts';
import { print, printAll, tell } from '../print.ts';
import type { RedrivePlan } from '../redrive-plan.ts';
import { RedrivePlanner, redriveCommands } from '../redrive-plan.ts';
import type { RedriveResult } from '../redrive-watch.ts';
import { giveAndWatch, tellAbsentWorkers } from '../redrive-watch.ts';
import { whoAmI } from '../who.ts';

const STATES = ['parked', 'redriving', 'redriven', 'superseded', 'skipped', 'dropped'] as const;
const PAGE = 100;
const REDRIVE_LIMIT = 10_000;
/** State rows written at once by a drop. */
const DROP_BATCH = 5_000;

interface FilterOptions {
  readonly partner?: string;
  readonly reason?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
  readonly connectors?: string;
  readonly json?: boolean;
}

interface ChangeOptions extends FilterOptions {
  readonly all?: boolean;
  readonly limit: number;
  readonly why?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addDeadLettersCommand(program: Command): void {
  const command = program
    .command('dead-letters')
    .description('records that were parked: list, show, redrive or drop them')
    .addHelpText(
      'after',
      '\nExamples:\n  ess dead-letters list\n  ess dead-letters redrive --partner hospital --dry-run',
    );

  filtered(command.command('list'))
    .description('oldest first; by default those that are parked or being redriven')
    .option('--state <state>', `one of ${STATES.join(', ')}, or all`)
    .option('--limit <n>', 'how many; 0 = all', count, PAGE)
    .addHelpText(
      'after',
      `
Examples:
  ess dead-letters list
  ess dead-letters list --partner hospital --reason status-422 --since 24h
  ess dead-letters list --state all --limit 0 --json | jq -r .ruleId | sort | uniq -c`,
    )
    .action(list);

  command
    .command('show')
    .description('one letter in full: the record, its headers, why it was parked and what was done since')
    .argument('<position>', 'topic:partition:offset, as list shows it')
    .option('--partner <name>', 'when two partners parked the same record')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText('after', '\nExample:\n  ess dead-letters show rules:3:1042')
    .action(show);

  changing(command.command('redrive'))
    .description('sends letters once more, each through the lane of its rule, in the order in which they were parked')
    .option('--limit <n>', `letters at most, up to ${REDRIVE_LETTERS_MAX}`, count, REDRIVE_LIMIT)
    .option('--force', `also what was redriven ${REDRIVEN_TIMES_MAX} times, or is older than what the partner has`)
    .option('--no-wait', 'return when the command is on record; it is carried out all the same')
    .addHelpText(
      'after',
      `
Letters whose rule the partner has acked in the same or a newer version are marked superseded, not sent.
What is refused again is parked again; 10 in a row with no success between them end the redrive.
Exit 0: all got through or needed nothing. 1: some were refused again.

Examples:
  ess dead-letters redrive --partner hospital --reason status-422 --dry-run
  ess dead-letters redrive --partner hospital --reason status-422 --yes
  ess dead-letters redrive rules:3:1042 rules:3:1050 --why "mapping mended" --yes`,
    )
    .action(redrive);

  changing(command.command('drop'))
    .description('marks letters as dropped: they stay on record, and are neither listed as parked nor redriven')
    .option('--limit <n>', 'letters at most', count, REDRIVE_LIMIT)
    .addHelpText('after', '\nExample:\n  ess dead-letters drop --reason tombstone --since 7d --why "test data" --yes')
    .action(drop);

  command
    .command('cancel')
    .description('ends a redrive that runs: what was not sent yet stays parked')
    .argument('<id>', 'as redrive printed it')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  ess dead-letters cancel redrive-k3x9')
    .action(cancel);
}

function filtered(command: Command): Command {
  return command
    .option('--partner <name>', 'only of this partner')
    .option('--reason <code>', 'only parked for this, e.g. status-422, mapping, exhausted')
    .option('--rule <id>', 'only of this rule')
    .option('--since <time>', 'parked since then: a time, or a duration such as 90m')
    .option('--until <time>', 'parked before then')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'JSON, one object per line');
}

function changing(command: Command): Command {
  return filtered(
    command.argument('[positions...]', 'topic:partition:offset, as list shows it; default: by the options'),
  )
    .option('--all', 'every letter that is parked')
    .option('--why <text>', 'goes on record')
    .option('--dry-run', 'only say what it would do')
    .option('--yes', 'do not ask');
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is wanted.');
}

interface Opened {
  readonly kafka: Kafka;
  readonly codec: Codec;
}

async function open(): Promise<Opened> {
  const { kafka, settings } = await openKafka('ess-dead-letters', [
    DEAD_LETTER_TOPIC,
    DEAD_LETTER_STATE_TOPIC,
    CONTROL_TOPIC,
  ]);
  return { kafka, codec: new Codec(settings.registry) };
}

async function list(options: FilterOptions & { state?: string; limit: number }): Promise<void> {
  const states = statesOf(options.state);
  const filter = { ...filterOf(options), ...(states ? { states } : {}) };
  const { kafka, codec } = await open();
  let shown = 0;
  const max = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
  for await (const page of findLetters(kafka, codec, filter)) {
    const rest = page.slice(0, max - shown);
    if (shown === 0 && !options.json) print(LETTER_HEADER);
    await printAll(rest.map((found) => (options.json ? JSON.stringify(letterJson(found)) : letterLine(found))));
    shown += rest.length;
    if (rest.length < page.length || shown >= max) {
      tell(`${shown} shown; --limit 0 shows all`);
      return;
    }
  }
  tell(shown === 0 ? 'no dead letter' : `${shown} shown`);
}

async function show(position: string, options: FilterOptions): Promise<void> {
  const filter = { ...filterOf(options), positions: new Set([checkPosition(position)]) };
  const { kafka, codec } = await open();
  const found = new Map<string, Record<string, unknown>>();
  for await (const page of findLetters(kafka, codec, filter))
    for (const letter of page) found.set(letter.letter.partner, await letterInFull(letter, codec));
  const letters = [...found.values()];
  if (letters.length === 0)
    throw new EssError(
      'ESS_STACK',
      `no dead letter of ${position}: "ess dead-letters list --state all" shows those there are`,
    );
  if (letters.length > 1)
    throw new EssError('ESS_USAGE', `${position} was parked for ${[...found.keys()].join(', ')}: add --partner`);
  print(JSON.stringify(letters[0], undefined, options.json ? undefined : 2));
}

async function redrive(
  positions: string[],
  options: ChangeOptions & { force?: boolean; wait: boolean },
): Promise<void> {
  if (options.limit < 1 || options.limit > REDRIVE_LETTERS_MAX)
    throw new EssError('ESS_USAGE', `--limit must be from 1 to ${REDRIVE_LETTERS_MAX}: redrive the rest afterwards`);
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await open();
  const force = options.force ?? false;
  const planner = new RedrivePlanner({ limit: options.limit, force });
  let elsewhere = 0;
  const topics = new Map<string, string | undefined>();
  const root = connectorsRoot(options);
  for await (const page of findLetters(kafka, codec, filter))
    for (const found of page) {
      const { partner, topic } = found.letter;
      if (!topics.has(partner)) topics.set(partner, sourceTopic(root, partner));
      if (topics.get(partner) === topic) planner.add(found);
      else elsewhere += 1;
    }
  const { plan } = planner;
  if (elsewhere > 0) tell(`${elsewhere} are of a topic that no connector reads any more: they stay parked`);
  tellPlan('redrive', plan, options.limit);
  if (options.json && (options.dryRun || plan.letters.length === 0)) print(JSON.stringify(planJson(plan)));
  if (options.dryRun || plan.letters.length === 0) return;
  if (!(await confirm(`Redrive ${plan.letters.length} letters?`, options.yes))) return tell('nothing was done');

  const commands = redriveCommands(
    plan,
    {
      by: whoAmI(),
      why: options.why ?? null,
      reason: options.reason ?? null,
      ruleId: options.rule ?? null,
      sinceMs: filter.sinceMs ?? null,
      untilMs: filter.untilMs ?? null,
      limit: options.limit,
      force,
    },
    () => `redrive-${randomBytes(5).toString('hex')}`,
  );
  await tellAbsentWorkers(kafka, plan.byPartner.keys());
  const give = () => writeCommands(kafka, codec, commands);
  const results = await giveAndWatch(kafka, codec, commands, give, options.wait);
  for (const result of results) print(options.json ? JSON.stringify(result) : summary(result));
  const wrong = ({ status, failed, stopped }: RedriveResult) =>
    status === 'refused' || status === 'cancelled' || failed > 0 || stopped.length > 0;
  if (results.some(wrong)) process.exitCode = 1;
}

async function drop(positions: string[], options: ChangeOptions): Promise<void> {
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await open();
  const planner = new RedrivePlanner({ limit: options.limit, force: true });
  for await (const page of findLetters(kafka, codec, filter)) for (const found of page) planner.add(found);
  const { plan } = planner;
  tellPlan('drop', plan, options.limit);
  if (options.json) print(JSON.stringify(planJson(plan)));
  if (options.dryRun || plan.letters.length === 0) return;
  if (!(await confirm(`Drop ${plan.letters.length} letters?`, options.yes))) return tell('nothing was done');
  const schema = readSchema(DEAD_LETTER_STATE_TOPIC) as object;
  const encode = await codec.encoder(`${DEAD_LETTER_STATE_TOPIC}-value`, schema);
  const by = whoAmI();
  const rows = plan.letters.map(({ letter, place, fate }) => {
    const { partner, topic, partition, offset, ruleId } = letter;
    const row: DeadLetterState = {
      ...{ partner, ruleId, topic, partition, offset, state: 'dropped', times: fate.times, redriveId: null },
      ...{ letterPartition: place.partition, letterOffset: place.offset },
      ...{ at: Date.now(), by, reason: options.why ?? null },
    };
    return { topic: DEAD_LETTER_STATE_TOPIC, key: letterKey(row), value: encode(row) };
  });
  await write(kafka, rows);
  if (!options.json) print(`${rows.length} dropped`);
}

async function cancel(id: string, options: { json?: boolean }): Promise<void> {
  const { kafka, codec } = await open();
  const control = await readControl(kafka, codec);
  const found = control.find(id);
  if (found?.command.kind !== 'redrive') {
    const ids = control.list('redrive').map(({ command }) => command.id);
    throw new EssError(
      'ESS_USAGE',
      `there is no redrive "${id}": ${ids.length === 0 ? 'none was ever given' : didYouMean(id, ids)}`,
    );
  }
  if (found.status !== 'running') throw new EssError('ESS_CONFLICT', `${id} does not run: it is ${found.status}`);
  const { partner } = found.command;
  const cancelId = `cancel-${randomBytes(5).toString('hex')}`;
  await writeCommands(kafka, codec, [makeCommand({ id: cancelId, partner, kind: 'cancel', by: whoAmI(), of: id })]);
  print(options.json ? JSON.stringify({ id, partner, cancelled: true }) : `${id} of ${partner} ends`);
}

async function writeCommands(kafka: Kafka, codec: Codec, commands: readonly ControlCommand[]): Promise<void> {
  const encode = await codec.encoder(`${CONTROL_TOPIC}-value`, readSchema(CONTROL_TOPIC) as object);
  await write(
    kafka,
    commands.map((command) => ({ topic: CONTROL_TOPIC, key: controlKey(command), value: encode(command) })),
  );
}

async function write(kafka: Kafka, records: readonly OutboxRecord[]): Promise<void> {
  const outbox = new Outbox(kafka);
  try {
    for (let from = 0; from < records.length; from += DROP_BATCH)
      await outbox.append(records.slice(from, from + DROP_BATCH));
  } finally {
    await outbox.close(1_000);
  }
}

function connectorsRoot({ connectors }: FilterOptions): string {
  return connectors ?? loadSettings().connectors;
}

function filterOf(options: FilterOptions): LetterFilter {
  const { partner, reason, rule, since, until } = options;
  if (partner !== undefined) knownPartner(partner, connectorsRoot(options));
  return {
    ...(partner === undefined ? {} : { partner }),
    ...(reason === undefined ? {} : { reason }),
    ...(rule === undefined ? {} : { rule }),
    ...(since === undefined ? {} : { sinceMs: parseMoment(since, '--since') }),
    ...(until === undefined ? {} : { untilMs: parseMoment(until, '--until') }),
  };
}

/** What is changed has to be named: nobody redrives everything by a slip of the finger. */
function changeFilter(positions: readonly string[], options: ChangeOptions): LetterFilter {
  const { partner, reason, rule, since, until, all } = options;
  const named = positions.length > 0 || [partner, reason, rule, since, until].some((option) => option !== undefined);
  if (!named && !all)
    throw new EssError('ESS_USAGE', 'say which letters: positions, a filter such as --partner, or --all');
  return {
    ...filterOf(options),
    states: new Set<LetterFate['state']>(['parked']),
    ...(positions.length > 0 ? { positions: new Set(positions.map(checkPosition)) } : {}),
  };
}

function statesOf(state: string | undefined): ReadonlySet<LetterFate['state']> | undefined {
  if (state === undefined) return new Set<LetterFate['state']>(['parked', 'redriving']);
  if (state === 'all') return undefined;
  const known = STATES.find((one) => one === state);
  if (!known) throw new EssError('ESS_USAGE', `--state "${state}": ${didYouMean(state, ['all', ...STATES])}`);
  return new Set([known]);
}

/** The topic that a partner reads; undefined when it has no connector any more. */
function sourceTopic(root: string, partner: string): string | undefined {
  try {
    return compilePartner(root, partner, { withoutEnv: true }).connector?.source.topic;
  } catch {
    return undefined;
  }
}

function tellPlan(verb: string, { letters, guarded, beyond, byPartner }: RedrivePlan, limit: number): void {
  const [oldest, newest] = [letters[0], letters.at(-1)];
  tell(`to ${verb}: ${letters.length} letters`);
  for (const [partner, reasons] of byPartner)
    for (const [reason, many] of reasons) tell(`  ${partner.padEnd(16)} ${reason.padEnd(16)} ${many}`);
  if (oldest && newest)
    tell(
      `  parked from ${new Date(oldest.letter.parkedAt).toISOString()} to ${new Date(newest.letter.parkedAt).toISOString()}`,
    );
  if (beyond > 0) tell(`${beyond} more are beyond --limit ${limit}`);
  if (guarded > 0) tell(`${guarded} were redriven ${REDRIVEN_TIMES_MAX} times already: they need --force`);
}

function planJson({ letters, guarded, beyond, byPartner }: RedrivePlan): object {
  const partners = Object.fromEntries(
    [...byPartner].map(([partner, reasons]) => [partner, Object.fromEntries(reasons)]),
  );
  return {
    letters: letters.length,
    needForce: guarded,
    beyondLimit: beyond,
    partners,
    positions: letters.slice(0, PAGE).map(({ letter }) => positionOf(letter)),
  };
}

function summary({ id, partner, status, selected, redriven, failed, passed, stopped }: RedriveResult): string {
  if (status === 'refused') return `${id}  ${partner}  refused: another redrive was given at the same moment`;
  const rest = selected - redriven - failed - passed;
  return [
    `${id}  ${partner}  ${status}: ${redriven} of ${selected} delivered`,
    ...(failed > 0 ? [`${failed} refused again`] : []),
    ...(passed > 0 ? [`${passed} superseded or out of scope`] : []),
    ...(status !== 'running' && rest > 0 ? [`${rest} not sent`] : []),
    ...stopped,
  ].join(', ');
}
