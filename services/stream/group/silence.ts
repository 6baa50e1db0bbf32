// The last commit of a group is waited for as long as heartbeats are answered: without Kafka it never lands.
import { notHeard } from '../kafkajs/farewell.ts';
import { within } from '../kafkajs/within.ts';
import type { GroupOptions } from './group-options.ts';

/** Two heartbeats without an answer. */
const SILENCE_MS = 2_000;
const REMEDY =
  'nothing has to be done: the next owner begins at the last commit, and looks up in the audit what was acknowledged after it';

/**
 * @param aliveAt when the last answered heartbeat was sent, by the monotonic clock
 * @returns false: Kafka has been silent since it began or since that heartbeat, whichever was later @throws what `work` throws
 */
export async function unlessSilent(work: Promise<unknown>, aliveAt: () => number): Promise<boolean> {
  const since = performance.now();
  const leftMs = () => SILENCE_MS - (performance.now() - Math.max(since, aliveAt()));
  for (let ms = leftMs(); ms > 0; ms = leftMs()) if (await within(work, ms)) return true;
  notHeard();
  return false;
}

/** @param settled by partition, the offset below which everything is settled @param committed the last one that Kafka has */
export function tellUncommitted(
  { groupId, topic, log }: Pick<GroupOptions, 'groupId' | 'topic' | 'log'>,
  settled: ReadonlyMap<number, number> | undefined,
  committed: ReadonlyMap<number, number>,
): void {
  const uncommitted = [...(settled ?? [])].flatMap(([partition, position]) => {
    const before = committed.get(partition);
    return position === before ? [] : [{ partition, committed: before, settled: position }];
  });
  log.warn({ group: groupId, topic, uncommitted, remedy: REMEDY }, 'stop.without-kafka');
}
