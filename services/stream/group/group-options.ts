// What a member of a group is told when it is made.
import type { Kafka } from 'kafkajs';
import type { StreamLog } from '../kafkajs/client.ts';
import type { KnowsTopicIds } from '../read/topic-ids.ts';
import type { Assignment } from './assignment.ts';
import type { Group } from './group.ts';

export interface GroupOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  readonly log: StreamLog;
  /** Of the process: a topic that was made anew has another one. */
  readonly topicIds: KnowsTopicIds;
  readonly sessionTimeoutMs?: number;
  /**
   * For how long, ms, the group waits for this member when others join. Asked at each join, and a longer one makes it join
   * anew. Default: 3 sessions.
   */
  readonly rebalanceTimeoutMs?: () => number;
  /** How long to rest, ms, once a partition's end is reached: the next fetch then brings more at a time. Default: not at all. */
  readonly restMs?: number;
  /** Names this process to those who describe the group (group-view.ts). */
  readonly memberName?: string;
  readonly openAssignment: (group: Group) => Assignment;
  /** The consumer is gone and will not come back. */
  readonly onCrash: (error: Error) => void;
  /** It stands still and cannot even be stopped: a process with it is better replaced. Default: as `onCrash`. */
  readonly onStuck?: (error: Error) => void;
  /** Called at each successful heartbeat and join: what waited for ownership may go on. */
  readonly onAlive?: () => void;
}

export const SESSION_TIMEOUT_MS = 10_000;
