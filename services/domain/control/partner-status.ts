// How a partner is doing, from what its consumer group, its commits and ess.control say. There is no other live view: an
// owner commits every five seconds at least, and says in the metadata how it is (commit-metadata.ts).

import { timeText } from '../text/moment.ts';
import { orderedBy } from './approval.ts';
import type { CommitMetadata, OwnerHealth } from './commit-metadata.ts';
import type { CommandState } from './control-state.ts';
import type { LagTrend } from './lag-trend.ts';
import { lagTrend } from './lag-trend.ts';

export interface MemberFacts {
  readonly worker: string;
  readonly host: string;
  readonly partitions: readonly number[];
}

export interface PartitionStanding {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  readonly position: number;
  readonly metadata: CommitMetadata | undefined;
  /** When the record at the position was published, ms since 1970; undefined when there is none. */
  readonly oldestMs: number | undefined;
  /** What waited a while ago; absent: not known. */
  readonly before?: { readonly atMs: number; readonly lag: number };
}

export interface StatusFacts {
  readonly partner: string;
  readonly topic: string;
  readonly members: readonly MemberFacts[];
  readonly partitions: readonly PartitionStanding[];
  readonly paused: { readonly at: number; readonly by: string; readonly reason: string | null } | undefined;
  readonly replay: CommandState | undefined;
  readonly nowMs: number;
  /** Records that are published in a second; absent: not known. */
  readonly arrivingPerSecond?: number;
  /** Why nothing of the source can be said, such as that its topic is not there; `partitions` is empty then. */
  readonly sourceTrouble?: string;
}

/** Why records wait, the first that applies. */
const CAUSES = [
  'paused',
  'unowned',
  'joining',
  'held',
  'quiet',
  'replaying',
  'retrying',
  'stalled',
  'startedOver',
  'catchingUp',
] as const;
export type Cause = (typeof CAUSES)[number];

export interface PartitionStatus {
  readonly partition: number;
  readonly worker: string | null;
  readonly position: number;
  readonly end: number;
  readonly lag: number;
  readonly lagSeconds: number;
  /** Null when nothing waits. */
  readonly cause: Cause | null;
}

export interface WorkerStatus extends MemberFacts {
  /** Why it has nothing to do; null when it has partitions. */
  readonly idle: string | null;
  /** With which connector it sends, as its last commit says: the first digits of the connectorDigest. Null: it has not said. */
  readonly connector: string | null;
}

export interface PartnerStatus {
  readonly partner: string;
  readonly topic: string;
  /** In a word: flowing, or the first cause for which something waits. */
  readonly state: Cause | 'flowing';
  readonly workers: readonly WorkerStatus[];
  readonly partitions: readonly PartitionStatus[];
  readonly lag: { readonly records: number; readonly seconds: number };
  /** Records that wait, by cause. */
  readonly waiting: Readonly<Record<Cause, number>>;
  readonly perSecond: number;
  /** What the partner bears at most, as measured or set: more workers would send no more. Null: no limit was met. */
  readonly limitPerSecond: number | null;
  /** Published in a second; null: not known. */
  readonly arrivingPerSecond: number | null;
  /** Null: not known yet. */
  readonly trend: LagTrend | null;
  /** When the lag is gone, at the rate of now. Null when it cannot be said: nothing moves, or as much arrives as gets through. */
  readonly etaSeconds: number | null;
  /** Records are tried again, and the partner is not held yet; null: none is. */
  readonly retrying: {
    readonly since: string;
    readonly records: number;
    /** Failed so far, of all these records. */
    readonly attempts: number;
    /** Of the attempt that failed last. */
    readonly reason: string;
  } | null;
  readonly breaker: {
    readonly state: 'open' | 'closed';
    readonly since: string | null;
    readonly reason: string | null;
  };
  /** Until when the partner has asked to be left alone (429, Retry-After); null when it has not. */
  readonly quietUntil: string | null;
  readonly paused: { readonly since: string; readonly by: string; readonly reason: string | null } | null;
  readonly replay: {
    readonly id: string;
    readonly by: string;
    readonly since: string;
    readonly partitionsLeft: number;
    /** Partitions whose workers would not do it: a second person has not approved it, by their settings. */
    readonly refused: readonly number[];
  } | null;
}

/** An owner commits every 5 s; one that has not for so long has stopped. */
const SILENT_MS = 20_000;
/** Records wait, nothing holds them, and the position has not moved for so long. */
const STILL_MS = 60_000;

export function partnerStatus(facts: StatusFacts): PartnerStatus {
  const { partner, topic, members, nowMs, paused } = facts;
  const ownerOf = new Map(members.flatMap(({ worker, partitions }) => partitions.map((one) => [one, worker] as const)));
  const partitions = facts.partitions.map((one) => partitionStatus(one, ownerOf.get(one.partition), facts));
  const waiting = Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>;
  for (const { cause, lag } of partitions) if (cause) waiting[cause] += lag;
  const records = partitions.reduce((sum, { lag }) => sum + lag, 0);
  const latest = lastWords(facts);
  const health = [...latest.values()].flatMap((one) => one.health ?? []);
  const held = health.flatMap((one) => one.held ?? []).sort((a, b) => a.sinceMs - b.sinceMs)[0];
  const reason = facts.sourceTrouble ?? held?.reason ?? null;
  const quietUntilMs = Math.max(0, ...health.map((one) => one.quietUntilMs ?? 0));
  const perSecond = rateOf(health);
  const { arrivingPerSecond = null } = facts;
  const net = perSecond - (arrivingPerSecond ?? 0);
  const moving = waiting.catchingUp + waiting.startedOver + waiting.replaying;
  return {
    partner,
    topic,
    partitions,
    waiting,
    perSecond,
    limitPerSecond: limitOf(health),
    arrivingPerSecond,
    trend: lagTrend(
      records,
      facts.partitions.map(({ before }) => before),
      nowMs,
    ),
    retrying: reason === null ? retryingOf(facts) : null,
    state: stateOf(facts, waiting, reason !== null),
    workers: members.map((member) => ({
      ...member,
      idle: idleReason(member, facts),
      connector: latest.get(member.worker)?.health?.connector ?? null,
    })),
    lag: { records, seconds: Math.max(0, ...partitions.map(({ lagSeconds }) => lagSeconds)) },
    etaSeconds: records === 0 ? 0 : moving === records && net > 0 ? Math.ceil(records / net) : null,
    breaker: {
      state: reason === null ? 'closed' : 'open',
      since: held ? timeText(held.sinceMs) : null,
      reason,
    },
    quietUntil: quietUntilMs > nowMs ? timeText(quietUntilMs) : null,
    paused: paused ? { since: timeText(paused.at), by: paused.by, reason: paused.reason } : null,
    replay: replayOf(facts, nowMs),
  };
}

function partitionStatus(one: PartitionStanding, worker: string | undefined, facts: StatusFacts): PartitionStatus {
  const { partition, position, low, high, oldestMs } = one;
  // A position beyond the end is of another log: all that is there is still to come.
  const lag = isOfAnotherLog(one) ? high - low : Math.max(0, high - position);
  const lagSeconds =
    lag > 0 && oldestMs !== undefined ? Math.max(0, Math.round((facts.nowMs - oldestMs) / 100) / 10) : 0;
  const cause = lag === 0 ? null : causeOf(one, worker, facts);
  return { partition, worker: worker ?? null, position, end: high, lag, lagSeconds, cause };
}

const isOfAnotherLog = ({ position, high }: PartitionStanding): boolean => position > high;

function causeOf(one: PartitionStanding, worker: string | undefined, { paused, nowMs, members }: StatusFacts): Cause {
  const { metadata } = one;
  if (paused) return 'paused';
  if (worker === undefined) return members.length === 0 ? 'unowned' : 'joining';
  // What the owner before has written says nothing about this one.
  const own = metadata?.worker === worker ? metadata : undefined;
  if (own && nowMs - own.committedAtMs > SILENT_MS) return 'stalled';
  if (own?.health?.held) return 'held';
  if ((own?.health?.quietUntilMs ?? 0) > nowMs) return 'quiet';
  if (metadata?.replay && !metadata.replay.ended) return 'replaying';
  // The record that everything behind it waits for.
  if (own?.health?.retrying && own.attempts[0]?.[0] === one.position) return 'retrying';
  if (own?.health && nowMs - own.health.movedAtMs > STILL_MS) return 'stalled';
  return metadata?.ackedUntil !== undefined || isOfAnotherLog(one) ? 'startedOver' : 'catchingUp';
}

function stateOf(facts: StatusFacts, waiting: Readonly<Record<Cause, number>>, held: boolean): PartnerStatus['state'] {
  const { paused, members, partitions } = facts;
  const owned = new Set(members.flatMap((member) => member.partitions));
  if (paused) return 'paused';
  if (members.length === 0 && facts.sourceTrouble === undefined) return 'unowned';
  if (held) return 'held';
  if (partitions.some(({ partition }) => !owned.has(partition))) return 'joining';
  if (partitions.some(({ metadata }) => metadata?.replay && !metadata.replay.ended)) return 'replaying';
  return CAUSES.find((cause) => waiting[cause] > 0) ?? 'flowing';
}

/** What the owners of today say of the records that they try again. */
function retryingOf({ members, partitions }: StatusFacts): PartnerStatus['retrying'] {
  const owned = partitions.flatMap(({ partition, metadata }) => {
    const owner = members.find((member) => member.partitions.includes(partition));
    const retrying = owner?.worker === metadata?.worker ? metadata?.health?.retrying : undefined;
    return metadata && retrying && metadata.attempts.length > 0 ? [{ ...metadata, retrying }] : [];
  });
  const latest = owned.toSorted((a, b) => b.committedAtMs - a.committedAtMs)[0];
  if (!latest) return null;
  const attempts = owned.flatMap((one) => one.attempts);
  return {
    since: timeText(Math.min(...owned.map(({ retrying }) => retrying.sinceMs))),
    records: attempts.length,
    attempts: attempts.reduce((sum, [, used]) => sum + used, 0),
    reason: latest.retrying.reason,
  };
}

/** The latest word of each worker that is still there. */
function lastWords({ members, partitions }: StatusFacts): ReadonlyMap<string, CommitMetadata> {
  const latest = new Map<string, CommitMetadata>();
  for (const { metadata } of partitions) {
    if (!metadata?.health || !members.some(({ worker }) => worker === metadata.worker)) continue;
    const known = latest.get(metadata.worker);
    if (!known || known.committedAtMs < metadata.committedAtMs) latest.set(metadata.worker, metadata);
  }
  return latest;
}

/** What is settled lately; before anything was, what could be. */
function rateOf(health: readonly OwnerHealth[]): number {
  const settled = health.reduce((sum, { settledPerSecond }) => sum + settledPerSecond, 0);
  if (settled >= 1) return Math.round(settled);
  return health.reduce((sum, { capacityPerSecond }) => sum + capacityPerSecond, 0);
}

/** All of its workers have met it: one that has not could send more. */
function limitOf(health: readonly OwnerHealth[]): number | null {
  if (health.length === 0 || !health.every(({ atLimit }) => atLimit)) return null;
  return health.reduce((sum, { capacityPerSecond }) => sum + capacityPerSecond, 0);
}

function idleReason({ partitions }: MemberFacts, facts: StatusFacts): string | null {
  if (partitions.length > 0) return null;
  const count = facts.partitions.length;
  if (facts.members.length > count)
    return `${facts.topic} has ${count} partitions and ${facts.members.length} workers share them: this one is a spare and takes over when another leaves`;
  return 'it has just joined: partitions are being shared out';
}

function replayOf({ replay, partitions }: StatusFacts, nowMs: number): PartnerStatus['replay'] {
  if (replay) {
    const { id, at } = replay.command;
    const by = orderedBy(replay.command, replay.approval);
    const all = replay.command.replay?.partitions ?? [];
    const through = (state: string | undefined) => state !== undefined && state !== 'moved' && state !== 'running';
    const left = all.filter(({ partition }) => !through(replay.progress.get(partition)?.state)).length;
    const refused = [...replay.progress.values()].flatMap((one) => (one.refused ? [one.partition] : []));
    return { id, by, since: timeText(at), partitionsLeft: left, refused };
  }
  // ess.control may have forgotten what the metadata has not.
  const running = partitions.flatMap(({ metadata }) =>
    metadata?.replay && !metadata.replay.ended ? metadata.replay : [],
  );
  const [first] = running;
  if (!first) return null;
  return {
    id: first.id,
    by: 'unknown',
    since: timeText(Math.min(nowMs, first.movedAtMs)),
    partitionsLeft: running.length,
    refused: [],
  };
}
