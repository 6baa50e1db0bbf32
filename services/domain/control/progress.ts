// How far a command is in one partition, as its worker says. What is said of a command that does not run is kept until it does:
// compaction keeps the last copy of a command, which may stand behind that. So what is through is not done once more.

import type { Command, PartitionProgress, ProgressState } from '@ess/schemas/generated/types.ts';

export interface Progress extends PartitionProgress {
  /** The worker that wrote it, and when, ms since 1970. */
  readonly by: string;
  readonly at: number;
}

const FINAL: ReadonlySet<ProgressState> = new Set(['completed', 'unchanged', 'cancelled', 'undone']);

/** Whether a partition is through with its command. */
export function isFinal(progress: PartitionProgress | undefined): boolean {
  return progress !== undefined && FINAL.has(progress.state);
}

const ROWS_MAX = 100_000;

export class EarlyProgress {
  /** By partner and id, then by partition. */
  readonly #said = new Map<string, Map<number, Progress>>();
  #rows = 0;

  /** @returns whether it is kept; what is final stays final */
  keep(command: Command, progress: Progress): boolean {
    if (this.#rows >= ROWS_MAX) return false;
    const rows = this.#said.get(nameOf(command)) ?? new Map<number, Progress>();
    if (isFinal(rows.get(progress.partition))) return true;
    if (!rows.has(progress.partition)) this.#rows += 1;
    this.#said.set(nameOf(command), rows.set(progress.partition, progress));
    return true;
  }

  /** The command runs: it is not early any more. */
  take(command: Command): Iterable<Progress> {
    const rows = this.#said.get(nameOf(command));
    this.#rows -= rows?.size ?? 0;
    this.#said.delete(nameOf(command));
    return rows?.values() ?? [];
  }
}

const nameOf = ({ partner, id }: Command): string => `${partner} ${id}`;
