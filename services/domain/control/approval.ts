// The two-person rule: which orders run only when a second person has approved them, how large an order is, and what exactly is
// approved. A worker asks it of itself, whatever the command says; who gives an order asks it to propose by itself.

import { createHash } from 'node:crypto';
import type { Command, Proposal, ReplayOrder } from '@ess/schemas/generated/types.ts';
import type { Connector } from '../connector/connector.ts';
import { canonicalJson } from '../connector/digest/canonical-json.ts';

/** A proposal waits no longer: what was frozen is old by then. */
export const PROPOSAL_MAX_MS = 7 * 24 * 3_600_000;

/**
 * @param records that the order sends or drops, as `rangeRecords` and `letterCount` count them
 * @param limit how many one person may order; Infinity: any number
 * @returns why a second person is needed; undefined: none is
 */
export function approvalNeeded({
  connector: { partner, critical },
  records,
  limit,
}: {
  readonly connector: Pick<Connector, 'partner' | 'critical'>;
  readonly records: number;
  readonly limit: number;
}): string | undefined {
  if (critical) return `${partner} is critical`;
  return records > limit ? `${records} records are more than the ${limit} that one person may order` : undefined;
}

/** Rules in force may become some more between proposal and approval. */
const IN_FORCE_PERCENT = 110;

/** @returns how many records an approved order may be of: as many as were shown; of rules in force a tenth more */
export function approvedRecords({ replay, proposal }: Pick<Command, 'replay' | 'proposal'>): number {
  const { records } = proposal ?? { records: Number.POSITIVE_INFINITY };
  return replay?.current ? Math.ceil((records * IN_FORCE_PERCENT) / 100) : records;
}

/** Where a partition begins and ends now. */
export interface LogBounds {
  readonly low: number;
  readonly high: number;
}

/**
 * How many offsets the ranges of a replay hold: nobody has to read them for that, whatever the replay selects of them.
 * @param bounds by partition; of one that is not there nothing can be sent
 */
export function rangeRecords(partitions: ReplayOrder['partitions'], bounds: ReadonlyMap<number, LogBounds>): number {
  return partitions.reduce((sum, { partition, target, until }) => {
    const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 };
    return sum + Math.max(0, Math.min(until ?? high, high) - Math.max(target, low));
  }, 0);
}

/** Letters that a redrive or drop names. */
export function letterCount({ redrive }: Pick<Command, 'redrive'>): number {
  return redrive?.letters.reduce((sum, { offsets }) => sum + offsets.length, 0) ?? 0;
}

/** Names the frozen set: SHA-256, hex, of what runs, and by which connector. What letters were selected by is only shown, and no part of it. */
export function proposalDigest(
  { partner, replay, redrive }: Pick<Command, 'partner' | 'replay' | 'redrive'>,
  { kind, expiresAt, records, connector }: Omit<Proposal, 'digest'>,
): string {
  const { topic, partitions, letters, force } = redrive ?? {};
  const runs = kind === 'replay' ? replay : { topic, partitions, letters, force };
  return createHash('sha256')
    .update(canonicalJson({ partner, kind, expiresAt, records, runs, connector: connector ?? undefined }))
    .digest('hex');
}

/** A host of `user@host` has no dot, as the command line writes it; the domain of a mail address has one. */
const USER_AT_HOST = /^([^@]+)@[^@.]+$/;

/**
 * Whether an approval by one is no second person's. Somebody who works on two machines is one person, and so is whoever has the
 * same name there as at the console; two mail addresses are two. Nobody becomes two by writing their name otherwise, in capitals.
 */
export function isSamePerson(...names: readonly [one: string, other: string]): boolean {
  const [one, other] = names.map((name) => name.normalize('NFKC').toLowerCase()) as [string, string];
  const nameOf = (by: string) => by.split('@')[0];
  const isUser = USER_AT_HOST.test(one) || USER_AT_HOST.test(other);
  return one === other || (isUser && nameOf(one) === nameOf(other));
}

/** Who is behind an order, for its audit. */
export const orderedBy = (command: Pick<Command, 'by'>, approval: Pick<Command, 'by'> | undefined): string =>
  approval ? `${command.by}, approved by ${approval.by}` : command.by;
