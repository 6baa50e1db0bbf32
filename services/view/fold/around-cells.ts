// What the cells of a partner are judged by, beside the versions that it and its source have.
import type { Acked, Expected, OpenLetter, PartnerFacts } from '@ess/domain/view/cell.ts';
import type { Newest } from './source-rules.ts';

/** How the partner is, and what is known of one rule beside versions. */
export interface Surroundings {
  readonly nowMs: number;
  readonly partner: PartnerFacts;
  readonly letterOf: (ruleId: string) => PlacedLetter | undefined;
  /** One that a person has dropped. Absent: not asked for. */
  readonly droppedOf?: (ruleId: string) => PlacedLetter | undefined;
  /** The latest; undefined when it was not tried lately. */
  readonly attemptOf: (
    ruleId: string,
  ) => { readonly version: Acked['version'] | null; readonly atMs: number } | undefined;
  /** Where its group stands, by partition of the source. */
  readonly positions: ReadonlyMap<number, number>;
  /** What lies before is covered by what is in force (rules.latest), by partition of the source; undefined: nothing keeps that. */
  readonly latestCovers: ReadonlyMap<number, number> | undefined;
  /** At a past moment: the newest version, as far as others tell of it, of a rule that its source has no record of. Absent: now. */
  readonly expired?: (row: number, acked: Acked | undefined) => Expected | undefined;
  /** Of clients that stream, where only what all of them have counts: what that is. Absent: what any has counts, or none streams. */
  readonly heldByAll?: (ruleId: string, newest: Newest) => Acked | undefined;
}

/** With the record that was parked. */
export interface PlacedLetter extends OpenLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly version: Acked['version'] | null;
}

/** Records of what is in force have places of their own: versions tell. */
export const isOf = (letter: PlacedLetter, expected: Expected): boolean =>
  letter.topic === expected.topic
    ? letter.partition === expected.partition && letter.offset === expected.offset
    : letter.version === expected.version;

/** The workers have passed the expected record. @param source its topic */
export function isPassed(
  { topic, partition, offset }: Expected,
  source: string,
  positions: ReadonlyMap<number, number>,
  latestCovers: Surroundings['latestCovers'],
): boolean {
  const position = positions.get(partition) ?? 0;
  return topic === source ? offset < position : position >= (latestCovers?.get(partition) ?? Number.POSITIVE_INFINITY);
}
