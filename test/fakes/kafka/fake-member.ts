// A member of a consumer group as a feed sees it, without a broker: Kafka on the one side, the assignment on the other.
import type { AssignedPartition, Assignment, GroupRecord, LostRange, Taken } from '@ess/stream/group/assignment.ts';
import { Feed } from '@ess/stream/group/feed.ts';
import type { FetchedBatch } from '@ess/stream/group/fetched-batch.ts';
import type { Fetches, LogBounds } from '@ess/stream/group/fetches.ts';
import type { StartPositions } from '@ess/stream/group/start-positions.ts';

/** Notes in `calls` what it is asked, in order. Each partition is committed at `committed` and begins at `start`. */
export class FakeMember implements Fetches, Assignment {
  calls: string[] = [];
  committed = 5;
  start = 0;
  end = 100;
  topicId: string | undefined = 'a';
  /** What is said to the batches that come next; `all` when it is empty. */
  readonly answers: Taken[] = [];
  /** Runs in the middle of each question that is waited for. */
  meanwhile: (question: string) => Promise<void> | void = () => {};

  /** What was noted since it was last asked for. */
  noted(): string[] {
    return this.calls.splice(0);
  }

  pause = (partitions: readonly number[]): void => this.#note('pause', partitions);
  resume = (partitions: readonly number[]): void => this.#note('resume', partitions);
  seek = (partition: number, offset: number): void => void this.calls.push(`seek ${partition}@${offset}`);
  lost = ({ partition, from, to }: LostRange): void => void this.calls.push(`lost ${partition}: ${from} to ${to}`);
  unreadable = (partition: number): void => void this.calls.push(`unreadable ${partition}`);

  async startPositions(partitions: readonly number[]): Promise<StartPositions> {
    const { committed: from, start: to } = this;
    await this.#ask('start');
    return {
      assigned: partitions.map((partition) => ({ partition, position: from, metadata: null })),
      gone: [],
      lost: from < to ? partitions.map((partition) => ({ partition, from, to })) : [],
      next: new Map(partitions.map((partition) => [partition, Math.max(from, to)])),
      highWatermarks: new Map(partitions.map((partition) => [partition, 100])),
      partitionCount: 4,
      topicId: this.topicId,
    };
  }

  async bounds(): Promise<LogBounds> {
    await this.#ask('bounds');
    return { start: this.start, end: this.end };
  }

  async claim(partitions: readonly number[]): Promise<void> {
    await this.#ask(`claim ${partitions}`);
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<void> {
    await this.#ask(`assigned ${partitions.map(({ partition, position }) => `${partition}@${position}`)}`);
  }

  async take(partition: number, records: readonly GroupRecord[], next: number): Promise<Taken> {
    await this.#ask(`take ${partition}: ${records.map(({ offset }) => offset)} to ${next}`);
    return this.answers.shift() ?? 'all';
  }

  async revoke(): Promise<void> {
    await this.#ask('revoke');
  }

  #note(what: string, partitions: readonly number[]): void {
    if (partitions.length > 0) this.calls.push(`${what} ${partitions}`);
  }

  async #ask(question: string): Promise<void> {
    this.calls.push(question);
    await this.meanwhile(question.split(' ')[0] ?? '');
  }
}

/** A batch of partition 0 that was asked for at `from`, with records at `offsets`. */
export function batchOf(from: number, offsets: readonly number[], last = offsets.at(-1) ?? from): FetchedBatch {
  return {
    partition: 0,
    highWatermark: '50',
    fetchedOffset: String(from),
    messages: offsets.map((offset) => ({
      record: { partition: 0, offset, key: null, value: Buffer.from(`v${offset}`), timestampMs: 1000, headers: {} },
    })),
    firstOffset: () => (offsets[0] === undefined ? null : String(offsets[0])),
    lastOffset: () => String(last),
  };
}

export function feedOf(member: FakeMember, partitions: readonly number[] = [0], restMs = 0) {
  const errors: string[] = [];
  const note = (details: object, text: string) => void errors.push(`${text}: ${Object(details).error}`);
  const log = { warn: note, error: note };
  const left: string[] = [];
  const onLeft = () => void left.push('left');
  const options = { assignment: member, partitions, fetches: member, groupId: 'ess.a', log, restMs, onLeft };
  const opened = Promise.withResolvers<void>();
  const feed = new Feed({ ...options, onOpen: opened.resolve });
  return { feed, opened: opened.promise, errors, left };
}

/** Open at offset 5, with nothing noted. */
export async function opened(member = new FakeMember()) {
  const fed = feedOf(member);
  fed.feed.open(false);
  await fed.opened;
  member.noted();
  return { ...fed, member };
}

/** What was begun without anybody waiting for it is over. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
