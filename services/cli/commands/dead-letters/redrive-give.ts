// `ess dead-letters redrive`, `drop` and `cancel`: what is changed is named, previewed and asked for, then put on record.

import { randomBytes } from 'node:crypto';
import { controlKey, makeCommand } from '@ess/domain/control/control-state.ts';
import { letterKey, REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { shortId } from '@ess/domain/text/foreign-id.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command as ControlCommand, DeadLetterState } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC, DEAD_LETTER_STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { findLetters, positionOf, readControl } from '../../letters.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';
import { whoAmI } from '../../terminal/who.ts';
import type { ChangeOptions } from './letter-options.ts';
import { changeFilter, connectorsRoot, openLetters } from './letter-options.ts';
import type { RedrivePlan } from './redrive-plan.ts';
import { RedrivePlanner, redriveCommands } from './redrive-plan.ts';
import type { RedriveResult } from './redrive-watch.ts';
import { giveAndWatch, tellAbsentWorkers } from './redrive-watch.ts';

/** Positions that a preview names. */
const PAGE = 100;
/** State rows written at once by a drop. */
const DROP_BATCH = 5_000;

export async function redriveLetters(
  positions: string[],
  options: ChangeOptions & { force?: boolean; wait: boolean },
): Promise<void> {
  if (options.limit < 1 || options.limit > REDRIVE_LETTERS_MAX)
    throw new EssError('ESS_USAGE', `--limit must be from 1 to ${REDRIVE_LETTERS_MAX}: redrive the rest afterwards`);
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await openLetters();
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

export async function dropLetters(positions: string[], options: ChangeOptions): Promise<void> {
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await openLetters();
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
      ...{
        partner,
        ruleId: ruleId && shortId(ruleId),
        topic,
        partition,
        offset,
        state: 'dropped',
        times: fate.times,
        redriveId: null,
      },
      letterPartition: place.partition,
      letterOffset: place.offset,
      at: Date.now(),
      by,
      reason: options.why ?? null,
    };
    return { topic: DEAD_LETTER_STATE_TOPIC, key: letterKey(row), value: encode(row) };
  });
  await write(kafka, rows);
  if (!options.json) print(`${rows.length} dropped`);
}

export async function cancelRedrive(id: string, options: { json?: boolean }): Promise<void> {
  const { kafka, codec } = await openLetters();
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

/** The topic that a partner reads; undefined when it has no connector any more. */
function sourceTopic(root: string, partner: string): string | undefined {
  try {
    return compilePartner(root, partner, { withoutEnv: true }).connector?.source.topic;
  } catch {
    return undefined;
  }
}

function tellPlan(verb: string, plan: RedrivePlan, limit: number): void {
  const { letters, guarded, beyond, shortened, byPartner } = plan;
  const [oldest, newest] = [letters[0], letters.at(-1)];
  tell(`to ${verb}: ${letters.length} letters`);
  for (const [partner, reasons] of byPartner)
    for (const [reason, many] of reasons) tell(`  ${partner.padEnd(16)} ${reason.padEnd(16)} ${many}`);
  if (oldest && newest)
    tell(`  parked from ${timeText(oldest.letter.parkedAt)} to ${timeText(newest.letter.parkedAt)}`);
  if (shortened > 0 && verb === 'redrive')
    tell(`${shortened} were too large to be kept whole: they go out if the source topic still has their records`);
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
