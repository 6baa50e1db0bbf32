// Moves positions while no worker runs: joins the partner's group, takes nothing in, commits what the command says, leaves.
// A worker that comes up meanwhile shares the partitions as ever, finds the command in ess.control and moves its own.
import type { CommitMetadata } from '@ess/domain/control/commit-metadata.ts';
import { decodeMetadata, encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { ReplayWindow } from '@ess/domain/control/replay-window.ts';
import { moveOrderOf, openWindow } from '@ess/domain/control/replay-window.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { AssignedPartition, Assignment, LeftLog } from '@ess/stream/group/assignment.ts';
import { Group } from '@ess/stream/group/group.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';

export interface OfflineMove {
  readonly partition: number;
  /** Absent: there was nothing to move. */
  readonly window: ReplayWindow | undefined;
}

const JOIN_WITHIN_MS = 20_000;

/** Resolves with what was moved; partitions that a worker owns by now are not in it. */
export function moveOffline(
  where: { readonly kafka: Kafka; readonly groupId: string; readonly topic: string; readonly log: StreamLog },
  command: Command,
): Promise<OfflineMove[]> {
  return asMember(where, async (assigned, commit) => {
    const moves: OfflineMove[] = [];
    const commits = assigned.flatMap(({ partition, position, metadata }) => {
      const order = moveOrderOf(command, partition);
      const before = decodeMetadata(position, metadata);
      if (!order || before?.replay) return [];
      const window = openWindow(order, position, Date.now());
      moves.push({ partition, window });
      return window ? [commitOf(partition, window.target, before, window)] : [];
    });
    await commit(commits);
    return moves;
  });
}

/** Takes a replay back that no worker has begun. @returns the partitions that are where they were */
export function undoOffline(
  where: { readonly kafka: Kafka; readonly groupId: string; readonly topic: string; readonly log: StreamLog },
  id: string,
): Promise<OfflineMove[]> {
  return asMember(where, async (assigned, commit) => {
    const moves: OfflineMove[] = [];
    const commits = assigned.flatMap(({ partition, position, metadata }) => {
      const before = decodeMetadata(position, metadata);
      const window = before?.replay;
      // What a worker has begun only a worker can end: the newest versions may have to be sent.
      const begun =
        position > (window?.target ?? 0) || before?.settled.some(([first]) => first < (window?.resume ?? 0));
      if (!before || window?.id !== id || window.stop !== null || !before.clean || begun) return [];
      moves.push({ partition, window });
      const { replay: _replay, ...rest } = before;
      return [commitOf(partition, window.resume, rest, undefined)];
    });
    await commit(commits);
    return moves;
  });
}

type Commit = Parameters<Group['commit']>[0];

/** Who left last, and how, stays on record: after a crash the next worker reads that one's audit rows. */
function commitOf(
  partition: number,
  offset: number,
  before: CommitMetadata | undefined,
  replay: ReplayWindow | undefined,
): Commit[number] {
  const now = Date.now();
  const kept: CommitMetadata = before ?? {
    settled: [],
    attempts: [],
    clean: true,
    committedAtMs: now,
    epochStartedAtMs: now,
    worker: 'ess replay',
  };
  // What is known of the record before belongs to the old position; and what an order sends again is sent.
  const { log, ackedUntil: _until, ...rest } = kept;
  const id = log?.id === undefined ? {} : { log: { id: log.id } };
  return { partition, offset, metadata: encodeMetadata(offset, { ...rest, ...id, ...(replay ? { replay } : {}) }) };
}

/** A worker puts on record where the partner was in the log before; here that would be overwritten. */
const anew = (topic: string, { partition, why }: LeftLog): EssError =>
  new EssError('ESS_CONFIG', `partition ${partition} of ${topic}: ${why}. Start a worker for this partner first`);

async function asMember<T>(
  { kafka, groupId, topic, log }: { kafka: Kafka; groupId: string; topic: string; log: StreamLog },
  act: (assigned: readonly AssignedPartition[], commit: (offsets: Commit) => Promise<void>) => Promise<T>,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`${groupId} could not be joined in time`)), JOIN_WITHIN_MS);
  const openAssignment = (group: Group): Assignment => ({
    assigned: (partitions) => {
      const left = partitions.find((partition) => partition.left)?.left;
      if (left) return reject(anew(topic, left));
      return act(partitions, (offsets) => group.commit(offsets)).then(resolve, reject);
    },
    take: () => 'none',
    lost: () => undefined,
    unreadable: () => undefined,
    revoke: async () => undefined,
  });
  await using topicIds = TopicIds.open(kafka);
  const who = { groupId, topic, memberName: 'ess replay' };
  const group = new Group({ ...who, kafka, topicIds, log, openAssignment, onCrash: reject });
  try {
    await group.start();
    return await promise;
  } finally {
    clearTimeout(timer);
    await group.stop();
  }
}
