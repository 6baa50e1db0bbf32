// A replay of one partition, as it travels in the commit metadata: where it began, where it ends,
// what it selects, and where the position goes afterwards.
//
//   target ────────── until ─────────── resume ──────────►
//   selected: sent    (jumped over)     not part of it: as ever
//
// Between `target` and `until` a record outside the selection counts as settled. At `until` the newest acked versions that
// the replay has sent an older one of go out last; then the position jumps to `resume`.

import type { Command } from '@ess/schemas/generated/types.ts';
import type { PlacedVersion } from '../delivery/acked-version.ts';
import type { Version } from '../delivery/version.ts';

export interface ReplayWindow {
  /** Id of the command. */
  readonly id: string;
  readonly target: number;
  readonly until: number;
  /** The position when the replay began. */
  readonly resume: number;
  /** Only this rule. */
  readonly key: string | null;
  readonly newIds: boolean;
  /** For this partition. */
  readonly ratePerSecond: number | null;
  /** Instead of a range: every rule in force, as rules.latest has them. */
  readonly current: boolean;
  /** When the position was moved, ms since 1970: no attempt of the replay is older. */
  readonly movedAtMs: number;
  readonly stop: 'cancel' | 'undo' | null;
  /** The position has jumped; that the partition is through may not be on record yet. */
  readonly ended: boolean;
  /** Delivered by owners before. */
  readonly delivered: number;
}

export interface MoveOrder {
  readonly id: string;
  readonly target: number;
  readonly until: number | null;
  readonly key: string | null;
  readonly newIds: boolean;
  readonly ratePerSecond: number | null;
  readonly current: boolean;
}

/** What a command asks of one partition; undefined when that is nothing. The rate is shared by the partitions. */
export function moveOrderOf({ id, replay }: Command, partition: number): MoveOrder | undefined {
  const order = replay?.partitions.find((one) => one.partition === partition);
  if (!replay || !order) return undefined;
  const { key, newIds, current, ratePerSecond, partitions } = replay;
  const share = ratePerSecond === null ? null : ratePerSecond / partitions.length;
  return { id, target: order.target, until: order.until, key, newIds, current, ratePerSecond: share };
}

/**
 * The window of a partition that stands at `position`.
 * @returns undefined when there is nothing to replay: what is at or after the position will be delivered anyway
 */
export function openWindow(order: MoveOrder, position: number, movedAtMs: number): ReplayWindow | undefined {
  const { id, key, newIds, ratePerSecond, current } = order;
  const target = current ? position : order.target;
  const until = current ? position : Math.min(order.until ?? position, position);
  if (!current && target >= until) return undefined;
  const rest = { id, key, newIds, ratePerSecond, current, movedAtMs };
  return { ...rest, target, until, resume: position, stop: null, ended: false, delivered: 0 };
}

/** The same replay, ended at `position` instead of at `until`. */
export function stopWindow(window: ReplayWindow, position: number, stop: 'cancel' | 'undo'): ReplayWindow {
  return window.ended ? window : { ...window, until: Math.min(window.until, position), stop };
}

/** What a record below `until` is to the replay. @param keys the rule's id and the record's lane */
export function selects({ key }: ReplayWindow, ...keys: ReadonlyArray<string | null>): boolean {
  return key === null || keys.includes(key);
}

/**
 * Which acked versions have to go out last, so that the partner ends with the newest it had.
 * @param sent by rule: the version that the replay sent last
 * @param acked by rule: the newest version that the partner ever acknowledged
 */
export function toRestore(
  sent: ReadonlyMap<string, Version>,
  acked: ReadonlyMap<string, PlacedVersion>,
): Array<PlacedVersion & { readonly ruleId: string }> {
  return [...sent].flatMap(([ruleId, version]) => {
    const newest = acked.get(ruleId);
    return newest && newest.version > version ? [{ ruleId, ...newest }] : [];
  });
}
