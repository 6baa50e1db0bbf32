// The assignments of one member of a group, one after the other. A join opens one, and everything that leads to the next join ends
// it first. A replay ends one and opens the next without a join.
import type { Assignment } from './assignment.ts';
import type { FeedOptions } from './feed.ts';
import { Feed } from './feed.ts';

export interface AssignmentsOptions extends Omit<FeedOptions, 'assignment' | 'partitions' | 'before'> {
  /** undefined: the group is being left. A join that was under way then gives its partitions back at once. */
  readonly openAssignment: () => Assignment | undefined;
}

export class Assignments {
  readonly #options: AssignmentsOptions;
  /** Feeds the assignment that was opened last; that may be over. */
  #feed: Feed | undefined;
  #ending: Promise<void> | undefined;
  #partitions: readonly number[] = [];

  constructor(options: AssignmentsOptions) {
    this.#options = options;
  }

  get feed(): Feed | undefined {
    return this.#feed;
  }

  get current(): Assignment | undefined {
    return this.#feed?.isOver === false ? this.#feed.assignment : undefined;
  }

  /** Something of an assignment that has ended is still in flight. */
  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Partitions of this member, until its assignment has ended. */
  get partitions(): readonly number[] {
    return this.#partitions;
  }

  /** @param seeks see Feed.open */
  open(partitions: readonly number[], seeks: boolean): void {
    const { openAssignment, ...options } = this.#options;
    this.#partitions = [...partitions].sort((a, b) => a - b);
    // Nothing is fetched before the committed offsets were read. When retention has passed one, kafkajs would commit the log
    // start at once, and nobody could tell any more what was lost.
    options.fetches.pause(partitions);
    const assignment = openAssignment();
    if (!assignment) return;
    const before = this.#feed?.stoodAt;
    this.#feed = new Feed({ ...options, assignment, partitions: this.#partitions, before });
    this.#feed.open(seeks);
  }

  /**
   * Ends the assignment; resolves when it has settled (see Assignment.revoke).
   * @param between when given, runs then, before anybody may join. After it the same partitions are opened again.
   */
  end(between?: () => Promise<void>): Promise<void> {
    const { groupId, log } = this.#options;
    if (!this.#feed || this.#feed.isOver) return this.#ending ?? Promise.resolve();
    const partitions = this.#partitions;
    this.#ending = this.#feed
      .end()
      .then(between)
      .catch((error) => log.error({ error: String(error), group: groupId }, 'consumer.revoke-failed'))
      .finally(() => {
        this.#ending = undefined;
        this.#partitions = [];
        // In the same turn: a join that waits at the fence finds this assignment and ends it like any other.
        if (between) this.open(partitions, true);
      });
    return this.#ending;
  }
}
