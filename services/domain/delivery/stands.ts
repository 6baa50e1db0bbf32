// Records that were at work when a program's thread stood still: in an endless loop, or in something that takes for ever. The
// program ended itself and left an audit row for each of them (`cut`, "thread stood"), which whoever owns the partition next
// reads. A record that has stopped two processes, at least once as the only one at work, is never touched again; one that
// has stopped one is tried once more, alone, because the machine may have been at fault, or its neighbour.

/** Reason of the audit row of the only record at work. */
export const STOOD = 'thread stood';
/** Reason of the rows of several: any of them may be to blame. */
export const STOOD_AMONG = 'thread stood, with others at work';
/** Why such a record is parked, under the reason `decode`. */
export const STOPPED_TWICE = 'stopped the program twice';

export interface Stand {
  readonly offset: number;
  /** The process that stood. It ended with it, so a name counts once. */
  readonly worker: string;
  /** Nothing else was at work. */
  readonly alone: boolean;
  /** The partner that it was at work for; null: it was being read, which is the same for all partners. */
  readonly partner: string | null;
}

interface StoodRow {
  readonly partner: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly worker: string;
}

/** What an audit row says of a stand; undefined: it is of something else. */
export function standOf(row: StoodRow): Stand | undefined {
  if (row.outcome !== 'cut' || (row.reason !== STOOD && row.reason !== STOOD_AMONG)) return undefined;
  const { offset, worker, attempt, partner, reason } = row;
  return { offset, worker, alone: reason === STOOD, partner: attempt === 0 ? null : partner };
}

/** A process that stands names a few dozen records at most; so many positions are remembered, the oldest forgotten first. */
const POSITIONS_MAX = 10_000;

/** What is on record of stands, over all partitions that a process has owned. */
export class Stands {
  readonly #stands = new Map<string, Stand[]>();

  add(topic: string, partition: number, stand: Stand): void {
    const key = keyOf(topic, partition, stand.offset);
    const known = this.#stands.get(key) ?? [];
    if (known.some(({ worker, partner }) => worker === stand.worker && partner === stand.partner)) return;
    this.#stands.set(key, [...known, stand]);
    if (this.#stands.size > POSITIONS_MAX) this.#stands.delete(this.#stands.keys().next().value as string);
  }

  /** How often the record has stopped a process that was at work on it for this partner. */
  times(partner: string, topic: string, partition: number, offset: number): number {
    return this.#stands.size === 0 ? 0 : this.#at(partner, topic, partition, offset).length;
  }

  /** It has stopped two, and once nothing else can have done it. */
  isGuilty(partner: string, topic: string, partition: number, offset: number): boolean {
    if (this.#stands.size === 0) return false; // nearly always: this is asked of every record
    const stands = this.#at(partner, topic, partition, offset);
    return stands.length >= 2 && stands.some(({ alone }) => alone);
  }

  /** It is through, whatever became of it. */
  settled(partner: string, topic: string, partition: number, offset: number): void {
    if (this.#stands.size === 0) return;
    const key = keyOf(topic, partition, offset);
    const others = this.#stands.get(key)?.filter((stand) => stand.partner !== partner) ?? [];
    // What was read for all partners stays: another one may still have it before it.
    if (others.length > 0) this.#stands.set(key, others);
    else this.#stands.delete(key);
  }

  /** What the next owner of a partition must know, ascending by offset. */
  of(partner: string, topic: string, partition: number): Stand[] {
    if (this.#stands.size === 0) return [];
    const prefix = `${topic}:${partition}:`;
    return [...this.#stands]
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([, stands]) => stands.filter((stand) => stand.partner === null || stand.partner === partner))
      .sort((a, b) => a.offset - b.offset);
  }

  #at(partner: string, topic: string, partition: number, offset: number): readonly Stand[] {
    const stands = this.#stands.get(keyOf(topic, partition, offset)) ?? [];
    const mine = stands.filter((stand) => stand.partner === null || stand.partner === partner);
    // One process counts once, whatever it was doing with the record.
    return mine.filter((stand, index) => mine.findIndex(({ worker }) => worker === stand.worker) === index);
  }
}

const keyOf = (topic: string, partition: number, offset: number): string => `${topic}:${partition}:${offset}`;
