// What a redrive has come to, by partition of the source topic: which letters are due here, what became of them, and whether
// to stop. It decides and counts; it reads and writes nothing.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { isFinal } from '@ess/domain/control/progress.ts';
import type { LetterSource } from '@ess/domain/delivery/dead-letters.ts';
import { letterKey } from '@ess/domain/delivery/dead-letters.ts';
import type { DeadLetterState, PartitionProgress } from '@ess/schemas/generated/types.ts';

/** So many refused again with no success between them: the cause has not been mended, and the rest stays parked. */
const REFUSED_RUN_MAX = 10;

export type LetterEnd = 'redriven' | 'parked' | 'superseded' | 'skipped';
export type LetterCounts = Record<LetterEnd, number>;

/** Partitions of the command that are owned here and not through. */
export function partitionsDue({ command, progress }: CommandState, owned: readonly number[]): number[] {
  return owned.filter(
    (partition) => command.redrive?.partitions.includes(partition) && !isFinal(progress.get(partition)),
  );
}

export class RedriveTally {
  readonly #partner: string;
  readonly #topic: string;
  /** A partition that is not in it is another owner's. */
  readonly #counts: ReadonlyMap<number, LetterCounts>;
  /** Source positions that need nothing more. */
  readonly #seen = new Set<string>();
  #refusedRun = 0;
  #stopped: string | undefined;

  /**
   * @param topic source topic of the letters
   * @param reads source topic of the partner: letters of another one are not sent
   */
  constructor(partner: string, topic: string, reads: string, partitions: readonly number[]) {
    this.#partner = partner;
    this.#topic = topic;
    this.#counts = new Map(partitions.map((partition) => [partition, noLetters()]));
    if (topic !== reads) this.#stopped = `the letters are of ${topic}, another source topic`;
  }

  /** Why nothing more is sent; undefined while it goes on. */
  get stopped(): string | undefined {
    return this.#stopped;
  }

  /** An earlier owner was through with the letter; it counts. */
  before(row: Pick<DeadLetterState, 'state'> & LetterSource): void {
    if (this.#seen.has(letterKey(row))) return;
    this.#seen.add(letterKey(row));
    if (row.state !== 'dropped') this.#add(row.partition, row.state);
  }

  /** Whether the letter is to be sent here. The second letter of one record is not. */
  isDue(letter: LetterSource): boolean {
    if (letter.partner !== this.#partner || letter.topic !== this.#topic) return false;
    if (!this.#counts.has(letter.partition) || this.#seen.has(letterKey(letter))) return false;
    this.#seen.add(letterKey(letter));
    return true;
  }

  /** A letter is through. */
  count(partition: number, end: LetterEnd): void {
    this.#add(partition, end);
    if (end === 'parked') this.#refusedRun += 1;
    else if (end === 'redriven') this.#refusedRun = 0;
    if (this.#refusedRun >= REFUSED_RUN_MAX)
      this.#stopped ??= `${this.#refusedRun} in a row were refused again: mend the cause, then redrive the rest`;
  }

  /** What to tell, of each partition. */
  progress(state: PartitionProgress['state']): PartitionProgress[] {
    return [...this.#counts].map(([partition, { redriven, parked, superseded, skipped }]) => ({
      partition,
      state,
      before: null,
      target: null,
      until: null,
      records: redriven,
      failed: parked,
      passed: superseded + skipped,
      detail: this.#stopped ?? null,
      refused: false,
    }));
  }

  /** Over all partitions. */
  get total(): LetterCounts {
    const total = noLetters();
    for (const counts of this.#counts.values())
      for (const end of Object.keys(total) as LetterEnd[]) total[end] += counts[end];
    return total;
  }

  #add(partition: number, end: LetterEnd): void {
    const counts = this.#counts.get(partition);
    if (counts) counts[end] += 1;
  }
}

const noLetters = (): LetterCounts => ({ redriven: 0, parked: 0, superseded: 0, skipped: 0 });
