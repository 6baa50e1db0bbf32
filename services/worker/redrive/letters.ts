// The dead letters that a redrive has selected, read back from ess.dead-letters. They are whole there, so a record can be sent
// long after it has left its source topic. The record of a letter that was shortened is read from its source topic, while
// retention lasts. What the letter still has of it is never sent.

import type { SelectedLetter } from '@ess/domain/delivery/dead-letters.ts';
import { LetterFates } from '@ess/domain/delivery/dead-letters.ts';
import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import type { Command, DeadLetter, DeadLetterState, RedriveOrder } from '@ess/schemas/generated/types.ts';
import { DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import { recordHeaders } from '@ess/stream/group/foreign-record.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Decodes } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { readOriginal } from './original.ts';

/** A row may carry a time before its command when clocks differ. */
const CLOCK_MARGIN_MS = 60_000;

export interface Selected {
  readonly place: SelectedLetter;
  readonly letter: DeadLetter;
}

export interface Letter extends Selected {
  /** The record as it was in its source topic. */
  readonly record: GroupRecord;
  /** The letter was shortened and its record is gone: nothing is to be sent. */
  readonly gone?: true;
}

type Selection = RedriveOrder['letters'];

/** Record keys of the letters: what their rules are, without decoding anything. */
export async function letterKeys(kafka: Kafka, selection: Selection, signal: AbortSignal): Promise<Set<string>> {
  const keys = new Set<string>();
  const { written, timesOf } = selected(kafka, selection, signal);
  for await (const batch of written)
    for (const record of batch) if (record.key && timesOf(record) !== undefined) keys.add(record.key.toString());
  return keys;
}

/**
 * What others have done with letters since the order was given, or proposed: it may have waited for days.
 * @param own takes what an earlier owner has put on record of the order itself
 */
export async function fatesSince(
  kafka: Kafka,
  codec: Decodes,
  { id, at }: Pick<Command, 'id' | 'at'>,
  signal: AbortSignal,
  own: (row: DeadLetterState) => void = () => undefined,
): Promise<LetterFates> {
  const topic = DEAD_LETTER_STATE_TOPIC;
  const fates = new LetterFates();
  const written = read(kafka, { topic, sinceMs: at - CLOCK_MARGIN_MS, signal, beside: 'live' });
  for await (const batch of rows(codec, topic, written))
    for (const { row } of batch)
      if (row.redriveId === id) own(row);
      else if (row.at > at) fates.apply(row);
  return fates;
}

/** In the order of each partition. Letters that retention has taken are left out. */
export async function* selectedLetters(
  kafka: Kafka,
  codec: Decodes,
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<Selected> {
  const { written, timesOf } = selected(kafka, selection, signal);
  const isSelected = (record: ReadRecord) => timesOf(record) !== undefined;
  for await (const batch of rows(codec, DEAD_LETTER_TOPIC, written, { wanted: isSelected }))
    for (const { record, row: letter } of batch) {
      const place = { partition: record.partition, offset: record.offset, times: timesOf(record) ?? 0 };
      yield { place, letter };
    }
}

/** The same, each with the record that it was. */
export async function* readLetters(
  kafka: Kafka,
  codec: Decodes,
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<Letter> {
  for await (const { place, letter } of selectedLetters(kafka, codec, selection, signal)) {
    const original = leftOutOf(letter).length === 0 ? letter : await readOriginal(kafka, letter);
    if (original === undefined) {
      yield { place, letter, record: originalRecord(letter), gone: true };
      continue;
    }
    if (original.value?.[0] === 0) await codec.prepare([original.value]);
    yield { place, letter, record: originalRecord(original) };
  }
}

/** @returns what holds the selected letters, and how often each of them was redriven before */
function selected(kafka: Kafka, selection: Selection, signal: AbortSignal) {
  const times = new Map<string, number>();
  const within = new Map<number, { from: number; to: number }>();
  for (const { partition, offsets, times: before } of selection) {
    for (const [index, offset] of offsets.entries()) times.set(`${partition}:${offset}`, before[index] ?? 0);
    within.set(partition, { from: offsets[0] ?? 0, to: (offsets.at(-1) ?? -1) + 1 });
  }
  return {
    // Partitions side by side: letters of one partition are of few rules, and a lane sends one at a time.
    written: read(kafka, { topic: DEAD_LETTER_TOPIC, within, signal, oldestFirst: true, beside: 'live' }),
    timesOf: ({ partition, offset }: ReadRecord) => times.get(`${partition}:${offset}`),
  };
}

function originalRecord(letter: DeadLetter): GroupRecord {
  const { partition, offset, key, value, recordTimestamp } = letter;
  const headers = recordHeaders(letter.headers);
  const bytes = (key?.length ?? 0) + (value?.length ?? 0);
  return { partition, offset, key, value, timestampMs: recordTimestamp, bytes, headers };
}
