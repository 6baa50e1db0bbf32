// Every dead letter and what has become of it, followed from the topics: lists and groups ask Kafka nothing. Records stay in Kafka.
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import type { LetterFate, LetterPlace } from '@ess/domain/delivery/dead-letters.ts';
import { LetterFates } from '@ess/domain/delivery/dead-letters.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command, DeadLetter } from '@ess/schemas/generated/types.ts';
import { DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { RowsOptions } from '@ess/view/follow/followed-rows.ts';
import { followRows } from '@ess/view/follow/followed-rows.ts';
import type { FollowedTopic } from '@ess/view/follow/followed-topic.ts';
import type { LetterGroup, ShownLetter, ShownLetters, ShownState } from '../facts/letters.ts';
import { Newest } from './newest.ts';

const FIELDS = [
  ...(['partner', 'ruleId', 'version', 'topic', 'partition', 'offset', 'reason', 'detail', 'attempts'] as const),
  'parkedAt' as const,
];
type LetterRow = Pick<DeadLetter, (typeof FIELDS)[number]>;

export interface LetterQuestion {
  readonly partner?: string;
  readonly reason?: string;
  /** The whole id. */
  readonly rule?: string;
  /** When it was parked, ms since 1970. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Absent: what waits to be redriven or dropped. */
  readonly state?: ShownState;
}

/** First offset of a partition that retention has left. */
type LowOf = (partition: number) => number;

/** About half a kilobyte each. */
const LETTERS_MAX = 200_000;
const DETAIL_CHARS = 300;
/** Pages that ask the same each second share an answer. */
const ANSWERS_MAX = 32;

interface Kept {
  readonly row: LetterRow;
  readonly place: LetterPlace;
  readonly fate: LetterFate;
  readonly state: ShownState;
}

interface Group extends Pick<LetterGroup, 'partner' | 'reason'> {
  letters: number;
  firstMs: number;
  lastMs: number;
}

export class LetterBoard implements AsyncDisposable {
  readonly #fates = new LetterFates();
  /** By partition and offset in ess.dead-letters, in the order in which they were read. */
  readonly #letters = new Map<string, { readonly row: LetterRow; readonly place: LetterPlace }>();
  #forgottenMs = 0;
  readonly #partners = new Set<string>();
  readonly #lowOf: LowOf;
  /** Of ess.dead-letters, those with a letter. */
  readonly #partitions = new Set<number>();
  /** Letters and states that have come: what was answered holds until the next one. */
  #changes = 0;
  readonly #answers = new Map<string, Omit<ShownLetters, 'ageSeconds'>>();
  #follows: readonly FollowedTopic[] = [];

  /** @param lowOf absent: retention has taken nothing */
  constructor(lowOf: LowOf = () => 0) {
    this.#lowOf = lowOf;
  }

  /** Resolves when what was written before is there. @throws as followRows does */
  static async open(options: RowsOptions, lowOf: LowOf): Promise<LetterBoard> {
    const board = new LetterBoard(lowOf);
    const states = await followRows(options, DEAD_LETTER_STATE_TOPIC, (row) => board.settle(row));
    board.#follows = [states];
    try {
      const letters = await followRows({ ...options, as: AS_ROW }, DEAD_LETTER_TOPIC, (row, place) =>
        board.take(row, place),
      );
      board.#follows = [states, letters];
      await Promise.all(board.#follows.map((one) => one.complete));
      return board;
    } catch (error) {
      await board[Symbol.asyncDispose]();
      throw error;
    }
  }

  take({ detail, ...row }: LetterRow, { partition, offset }: LetterPlace): void {
    this.#changes += 1;
    this.#partners.add(row.partner);
    this.#partitions.add(partition);
    const letter = { row: { ...row, detail: detail.slice(0, DETAIL_CHARS) }, place: { partition, offset } };
    this.#letters.set(`${partition}:${offset}`, letter);
    if (this.#letters.size <= LETTERS_MAX) return;
    for (const [oldest, { row: gone }] of this.#letters) {
      this.#letters.delete(oldest);
      this.#forgottenMs = Math.max(this.#forgottenMs, gone.parkedAt);
      return;
    }
  }

  settle(row: Parameters<LetterFates['apply']>[0]): void {
    this.#changes += 1;
    this.#fates.apply(row);
  }

  /** @param sees of which partners @param limit of letters that are shown one by one @param running orders that are carried out now; null: they cannot be read */
  find(
    question: LetterQuestion,
    sees: (partner: string) => boolean,
    limit: number,
    running: readonly Pick<Command, 'id' | 'redrive'>[] | null = [],
    nowMs = Date.now(),
  ): ShownLetters {
    const ageSeconds = Math.round(Math.max(0, ...this.#follows.map(({ readToMs }) => nowMs - readToMs)) / 100) / 10;
    const seen = [...this.#partners].filter(sees);
    // Retention takes letters without a word.
    const lows = [...this.#partitions].map((partition) => this.#lowOf(partition));
    const of = JSON.stringify([question, seen, limit, running?.map(({ id }) => id), this.#changes, lows]);
    const known = this.#answers.get(of);
    if (known) return { ...known, ageSeconds };
    const answer = this.#counted(question, new Set(seen), limit, running);
    this.#answers.set(of, answer);
    for (const oldest of this.#answers.keys()) if (this.#answers.size > ANSWERS_MAX) this.#answers.delete(oldest);
    return { ...answer, ageSeconds };
  }

  #counted(
    question: LetterQuestion,
    seen: ReadonlySet<string>,
    limit: number,
    running: readonly Pick<Command, 'id' | 'redrive'>[] | null,
  ): Omit<ShownLetters, 'ageSeconds'> {
    const orders = ordersOf(running ?? []);
    const newest = new Newest<Kept>(limit, ({ row }) => row.parkedAt);
    let [total, expired] = [0, 0];
    const groups = new Map<string, Group>();
    for (const [at, { row, place }] of this.#letters) {
      if (!fits(row, question) || !seen.has(row.partner)) continue;
      const fate = this.#fates.of(row, place);
      if (fate.state === 'outdated') continue;
      const order = orders.get(at);
      const isOnItsWay = order !== undefined && fate.state === 'parked' && fate.redriveId !== order;
      const state = isOnItsWay ? 'redriving' : this.#stateOf(place, fate.state);
      if (state === 'expired') expired += 1;
      if (state !== (question.state ?? 'parked')) continue;
      total += 1;
      newest.add({ row, place, fate, state });
      const { partner, reason, parkedAt } = row;
      const key = `${partner}\n${reason}`;
      const group = groups.get(key) ?? { partner, reason, letters: 0, firstMs: parkedAt, lastMs: parkedAt };
      groups.set(key, group);
      group.letters += 1;
      group.firstMs = Math.min(group.firstMs, parkedAt);
      group.lastMs = Math.max(group.lastMs, parkedAt);
    }
    return {
      groups: [...groups.values()]
        .map(({ firstMs, lastMs, ...group }) => ({ ...group, first: timeText(firstMs), last: timeText(lastMs) }))
        .sort((a, b) => b.letters - a.letters),
      total,
      expired,
      letters: newest.all.map(({ row, place, fate, state }) => shown(row, place, fate, state)),
      since: this.#forgottenMs === 0 ? null : timeText(this.#forgottenMs),
      isUnsure: running === null,
    };
  }

  /** @param place partition:offset in ess.dead-letters */
  at(place: string): ShownLetter | undefined {
    const letter = this.#letters.get(place);
    if (!letter) return undefined;
    const fate = this.#fates.of(letter.row, letter.place);
    return shown(
      letter.row,
      letter.place,
      fate,
      fate.state === 'outdated' ? 'redriven' : this.#stateOf(letter.place, fate.state),
    );
  }

  #stateOf(place: LetterPlace, state: Exclude<LetterFate['state'], 'outdated'>): ShownState {
    return state === 'parked' && place.offset < this.#lowOf(place.partition) ? 'expired' : state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#follows.map((one) => one[Symbol.asyncDispose]()));
  }
}

/** By the place of a letter, the id of the order that has it and is not through with it. */
function ordersOf(running: readonly Pick<Command, 'id' | 'redrive'>[]): ReadonlyMap<string, string> {
  const orders = new Map<string, string>();
  for (const { id, redrive } of running)
    for (const { partition, offsets } of redrive?.letters ?? [])
      for (const offset of offsets) orders.set(`${partition}:${offset}`, id);
  return orders;
}

function fits(row: LetterRow, { partner, reason, rule, sinceMs = 0, untilMs }: LetterQuestion): boolean {
  return (
    (partner ?? row.partner) === row.partner &&
    (reason ?? row.reason) === row.reason &&
    (rule === undefined || rule === row.ruleId) &&
    row.parkedAt >= sinceMs &&
    (untilMs === undefined || row.parkedAt < untilMs)
  );
}

const shown = (row: LetterRow, place: LetterPlace, fate: LetterFate, state: ShownState): ShownLetter => ({
  place: `${place.partition}:${place.offset}`,
  position: `${row.topic}:${row.partition}:${row.offset}`,
  partner: row.partner,
  ruleId: row.ruleId,
  version: shownValue(row.version) as number | string | null,
  reason: row.reason,
  detail: row.detail,
  attempts: row.attempts,
  parkedAt: timeText(row.parkedAt),
  state,
  times: fate.times,
});

/** Records and headers are not decoded: they are the larger part. */
const AS_ROW: ReadAs = rowSchema();

function rowSchema(): ReadAs {
  const schema = readSchema(DEAD_LETTER_TOPIC) as { readonly fields: ReadonlyArray<{ readonly name: string }> };
  const names: readonly string[] = FIELDS;
  const fields = schema.fields.filter(({ name }) => names.includes(name));
  return {
    schema: { ...schema, fields } as unknown as AvroSchemaJson,
    shown: `what is listed of ${DEAD_LETTER_TOPIC}`,
  };
}
