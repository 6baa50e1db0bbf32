// From what a person asks for to offsets: where each partition of a replay begins and ends, or why that cannot be had.
// A target is never moved in silence: what is out of range is refused with the range that is valid, unless --clamp is given.

import { EssError } from '../text/error.ts';
import { timeText } from '../text/moment.ts';

export interface PartitionFacts {
  readonly partition: number;
  /** First offset that retention has left. */
  readonly low: number;
  readonly position: number;
  /** Time of the first record, ms since 1970; undefined when there is none. */
  readonly firstMs: number | undefined;
}

export type ReplayFrom =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'current' }
  /** `offsets`: by partition, the first record at or after `ms`; absent where there is none. */
  | { readonly kind: 'since'; readonly ms: number; readonly offsets: ReadonlyMap<number, number> }
  | { readonly kind: 'offset'; readonly partition: number; readonly offset: number };

export interface ReplayUntil {
  readonly ms: number;
  readonly offsets: ReadonlyMap<number, number>;
}

export interface TargetRequest {
  readonly topic: string;
  readonly from: ReplayFrom;
  readonly until: ReplayUntil | undefined;
  /** Absent: all. */
  readonly partitions: readonly number[] | undefined;
  readonly clamp: boolean;
  readonly nowMs: number;
}

export interface ReplayTarget {
  readonly partition: number;
  readonly before: number;
  readonly target: number;
  readonly until: number;
  /** Retention has taken records that were asked for: the replay begins at the first one left, of this time. */
  readonly cut: { readonly firstMs: number | undefined } | undefined;
}

/**
 * @returns one entry for each partition that was asked for, also where there is nothing to replay (`target` = `until`)
 * @throws EssError ESS_USAGE naming the valid range
 */
export function replayTargets(facts: readonly PartitionFacts[], request: TargetRequest): ReplayTarget[] {
  const { from, until, clamp, nowMs, topic } = request;
  const wanted = facts.filter(({ partition }) => isWanted(partition, request));
  checkPartitions(facts, request);
  const firstMs = Math.min(...wanted.map((one) => one.firstMs ?? Number.POSITIVE_INFINITY));
  const range = Number.isFinite(firstMs)
    ? `${topic} holds records from ${timeText(firstMs)} to now`
    : `${topic} holds no record in these partitions`;
  if (from.kind === 'since' && from.ms > nowMs)
    throw new EssError('ESS_USAGE', `--since ${timeText(from.ms)} is in the future: ${range}`);
  if (until && from.kind === 'since' && until.ms <= from.ms)
    throw new EssError('ESS_USAGE', `--until ${timeText(until.ms)} is not after --since ${timeText(from.ms)}`);
  const targets = wanted.map((one) => targetOf(one, request));
  const cut = targets.find((target) => target.cut);
  if (cut && !clamp)
    throw new EssError(
      'ESS_USAGE',
      `retention has taken a part of what you ask for: ${range}; say so with --since ${timeText(cut.cut?.firstMs ?? nowMs)}, or add --clamp`,
    );
  return targets;
}

function targetOf(facts: PartitionFacts, { from, until, clamp, topic }: TargetRequest): ReplayTarget {
  const { partition, low, position, firstMs } = facts;
  const end = Math.max(low, Math.min(position, until?.offsets.get(partition) ?? position));
  const target = (offset: number, cut = false): ReplayTarget => ({
    partition,
    before: position,
    target: Math.min(offset, end),
    until: end,
    cut: cut ? { firstMs } : undefined,
  });
  if (from.kind === 'current')
    return { partition, before: position, target: position, until: position, cut: undefined };
  if (from.kind === 'earliest') return target(low);
  if (from.kind === 'since') {
    const offset = from.offsets.get(partition) ?? end;
    // At the log start: retention may have taken records before it that are younger than the time asked for.
    return target(offset, offset === low && low > 0 && (firstMs ?? 0) > from.ms);
  }
  const inRange = from.offset >= low && from.offset <= position;
  if (!inRange && !clamp)
    throw new EssError(
      'ESS_USAGE',
      `--from-offset ${partition}:${from.offset} is out of range: partition ${partition} of ${topic} can be replayed from ${low} to ${position}, where the partner is; add --clamp for the nearest`,
    );
  return target(Math.max(low, Math.min(position, from.offset)), from.offset < low);
}

function isWanted(partition: number, { from, partitions }: TargetRequest): boolean {
  if (from.kind === 'offset' && from.partition !== partition) return false;
  return partitions?.includes(partition) ?? true;
}

function checkPartitions(facts: readonly PartitionFacts[], { from, partitions, topic }: TargetRequest): void {
  const named = [...(partitions ?? []), ...(from.kind === 'offset' ? [from.partition] : [])];
  const unknown = named.find((partition) => !facts.some((one) => one.partition === partition));
  if (unknown !== undefined)
    throw new EssError('ESS_USAGE', `${topic} has no partition ${unknown}: it has 0 to ${facts.length - 1}`);
  if (from.kind === 'offset' && partitions && !partitions.includes(from.partition))
    throw new EssError('ESS_USAGE', `--from-offset names partition ${from.partition}, --partitions does not`);
}
