// What has become of a dead letter: ess.dead-letters keeps every letter that was written, ess.dead-letter-state what was
// done with them. A record that is refused again gets a new letter at the same source position, so of several letters of
// one position only the newest counts; letters of one record have one key, so they are in one partition, in order.
import type { DeadLetterState, LetterState, RedriveLetters, RedriveOrder } from '@ess/schemas/generated/types.ts';

/** Redriven so often without success, a letter needs --force: the next attempt is unlikely to end otherwise. */
export const REDRIVEN_TIMES_MAX = 3;
/** Letters of one redrive: a command stays far below Kafka's limit of 1 MB for a record. */
export const REDRIVE_LETTERS_MAX = 50_000;

/** Where a letter is in ess.dead-letters. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** The record that was parked, for one partner. */
export interface LetterSource {
  readonly partner: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface LetterFate {
  /** outdated: there is a newer letter of the same source position. */
  readonly state: LetterState | 'redriving' | 'outdated';
  readonly times: number;
  readonly redriveId: string | null;
  /** When the state was reached, ms since 1970; null for a letter that nothing was done with. */
  readonly atMs: number | null;
  readonly reason: string | null;
}

export function letterKey({ partner, topic, partition, offset }: LetterSource): string {
  return `${partner}/${topic}/${partition}/${offset}`;
}

const UNTOUCHED: LetterFate = { state: 'parked', times: 0, redriveId: null, atMs: null, reason: null };

type Row = Omit<DeadLetterState, 'partner' | 'ruleId' | 'topic' | 'partition' | 'offset' | 'by'>;

export class LetterFates {
  readonly #rows = new Map<string, Row>();
  /** Letters that a running redrive has selected, and since when. */
  readonly #selected = new Map<string, string>();

  /** Takes the next row of ess.dead-letter-state in. */
  apply({ partner, ruleId: _, topic, partition, offset, by: __, ...row }: DeadLetterState): void {
    this.#rows.set(letterKey({ partner, topic, partition, offset }), row);
  }

  /** These letters are on their way. */
  select(redriveId: string, { letters }: Pick<RedriveOrder, 'letters'>): void {
    for (const { partition, offsets } of letters)
      for (const offset of offsets) this.#selected.set(`${partition}:${offset}`, redriveId);
  }

  /** @param place of the letter that is asked about */
  of(source: LetterSource, place: LetterPlace): LetterFate {
    const row = this.#rows.get(letterKey(source));
    const redriveId = this.#selected.get(`${place.partition}:${place.offset}`);
    if (redriveId !== undefined && row?.redriveId !== redriveId)
      return { ...UNTOUCHED, state: 'redriving', times: row?.times ?? 0, redriveId };
    if (!row) return UNTOUCHED;
    const { state, times, at, reason, letterOffset } = row;
    // A letter that is younger than its row was written by a replay, which parked the record once more.
    if (place.offset > letterOffset) return { ...UNTOUCHED, times };
    return {
      state: place.offset < letterOffset ? 'outdated' : state,
      times,
      redriveId: row.redriveId,
      atMs: at,
      reason,
    };
  }
}

export interface SelectedLetter extends LetterPlace {
  readonly times: number;
}

/** As a command carries them. */
export function packLetters(letters: readonly SelectedLetter[]): RedriveLetters[] {
  const byPartition = Map.groupBy(letters, ({ partition }) => partition);
  return [...byPartition]
    .sort(([a], [b]) => a - b)
    .map(([partition, of]) => {
      const ascending = [...of].sort((a, b) => a.offset - b.offset);
      return { partition, offsets: ascending.map(({ offset }) => offset), times: ascending.map(({ times }) => times) };
    });
}
