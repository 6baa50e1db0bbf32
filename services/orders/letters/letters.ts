// Dead letters as a person asks for them: streamed from ess.dead-letters, oldest first, each with what has become of it.

import type { ControlState } from '@ess/domain/control/control-state.ts';
import type { LetterFate, LetterPlace } from '@ess/domain/delivery/dead-letters.ts';
import { LetterFates } from '@ess/domain/delivery/dead-letters.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Command, DeadLetter } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC, DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { ControlFold } from '@ess/stream/read/control-fold.ts';
import { read } from '@ess/stream/read/read.ts';
import type { ReadRow } from '@ess/stream/read/rows.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';

export interface LetterFilter {
  readonly partner?: string;
  readonly reason?: string;
  readonly rule?: string;
  /** When it was parked, ms since 1970. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** `topic:partition:offset` of the records; absent: any. */
  readonly positions?: ReadonlySet<string>;
  /** `partition:offset` of the letters themselves, in ess.dead-letters; absent: any. */
  readonly places?: ReadonlySet<string>;
  /** Absent: any. */
  readonly states?: ReadonlySet<LetterFate['state']>;
}

export interface FoundLetter {
  readonly letter: DeadLetter;
  readonly place: LetterPlace;
  readonly fate: LetterFate;
}

export function positionOf({ topic, partition, offset }: DeadLetter): string {
  return `${topic}:${partition}:${offset}`;
}

/** @throws EssError ESS_USAGE */
export function checkPosition(text: string): string {
  if (/^[\w.-]+:\d+:\d+$/.test(text)) return text;
  throw new EssError('ESS_USAGE', `"${text}" is no position: write topic:partition:offset as "list" shows it`);
}

/** Letters that a newer one of the same record has replaced are left out. */
export async function* findLetters(
  kafka: Kafka,
  codec: Codec,
  filter: LetterFilter,
  signal?: AbortSignal,
): AsyncGenerator<FoundLetter[]> {
  const fates = readFates(kafka, codec, signal);
  fates.catch(() => undefined); // it is awaited below, after the letters have begun to come
  const { sinceMs } = filter;
  const since = sinceMs !== undefined && { sinceMs };
  const written = read(kafka, { topic: DEAD_LETTER_TOPIC, oldestFirst: true, ...since, signal });
  const isWanted = ({ key }: ReadRecord) => keyMatches(key?.toString(), filter);
  for await (const batch of rows(codec, DEAD_LETTER_TOPIC, written, { wanted: isWanted })) {
    const known = await fates;
    const found = batch.flatMap((row) => letterOf(row, known, filter) ?? []);
    if (found.length > 0) yield found;
  }
}

/** The letters that an order names, as they are now. */
export function lettersOf(kafka: Kafka, codec: Codec, { partner, redrive }: Command): AsyncGenerator<FoundLetter[]> {
  const named = redrive?.letters ?? [];
  const places = new Set(named.flatMap(({ partition, offsets }) => offsets.map((offset) => `${partition}:${offset}`)));
  return findLetters(kafka, codec, { partner, places });
}

/** What ess.dead-letter-state and the redrives that run say of every letter. */
async function readFates(kafka: Kafka, codec: Codec, signal?: AbortSignal): Promise<LetterFates> {
  const fates = new LetterFates();
  const [control] = await Promise.all([readControl(kafka, codec, signal), applyStates(kafka, codec, fates, signal)]);
  for (const { command, status } of control.list('redrive'))
    if (status === 'running' && command.redrive) fates.select(command.id, command.redrive);
  return fates;
}

/** The commands as they are now. */
export async function readControl(kafka: Kafka, codec: Codec, signal?: AbortSignal): Promise<ControlState> {
  const fold = new ControlFold(kafka, codec);
  for await (const batch of read(kafka, { topic: CONTROL_TOPIC, signal })) {
    await codec.prepare(batch.map(({ value }) => value));
    for (const record of batch) fold.take(record);
  }
  return fold.state;
}

async function applyStates(kafka: Kafka, codec: Codec, fates: LetterFates, signal?: AbortSignal): Promise<void> {
  const topic = DEAD_LETTER_STATE_TOPIC;
  const written = read(kafka, { topic, signal });
  for await (const batch of rows(codec, topic, written)) for (const { row } of batch) fates.apply(row);
}

/** Keys are partner/rule: most letters of others are left aside without being decoded. */
function keyMatches(key: string | undefined, { partner, rule }: LetterFilter): boolean {
  if (key === undefined) return true;
  if (partner !== undefined && rule !== undefined) return key === `${partner}/${rule}`;
  return partner === undefined || key.startsWith(`${partner}/`);
}

function letterOf(
  { record, row: letter }: ReadRow<DeadLetter>,
  fates: LetterFates,
  filter: LetterFilter,
): FoundLetter | undefined {
  const { partner, reason, rule, sinceMs, untilMs, positions, places, states } = filter;
  if (partner !== undefined && letter.partner !== partner) return undefined;
  if (reason !== undefined && letter.reason !== reason) return undefined;
  if (rule !== undefined && letter.ruleId !== rule) return undefined;
  if (sinceMs !== undefined && letter.parkedAt < sinceMs) return undefined;
  if (untilMs !== undefined && letter.parkedAt >= untilMs) return undefined;
  if (positions && !positions.has(positionOf(letter))) return undefined;
  const place = { partition: record.partition, offset: record.offset };
  if (places && !places.has(`${place.partition}:${place.offset}`)) return undefined;
  const fate = fates.of(letter, place);
  if (fate.state === 'outdated' || (states && !states.has(fate.state))) return undefined;
  return { letter, place, fate };
}
