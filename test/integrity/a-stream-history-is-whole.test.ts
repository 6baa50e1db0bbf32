// A stream's history, over every connection and process it ever had, holds each event in scope exactly once, or says exactly
// which offsets retention took. Two bridges at once; publishing, disconnects, kills, drains, expiry and long stretches of
// nothing in scope in an order that is drawn from a seed; cursors of one process are used at the other.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../harness/deadline.ts';
import type { BridgeProcess } from '../harness/programs/stream-line.ts';
import { publicRule, StreamLine } from '../harness/programs/stream-line.ts';
import { report, sized } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import type { PublishedRecord } from '../judges/stream-history.ts';
import { judgeHistory, StreamHistory } from '../judges/stream-history.ts';

const SEED = Number(process.env['ESS_STREAM_SEED'] ?? 7);
const CASES = sized(4, 60);
const STEPS = sized(40, 60);
/** A failing case is made shorter for so long. */
const SHRINK_MS = sized(600_000, 1_200_000);
const PARTITIONS = 3;
const KEYS = 12;
const SCOPES = ['Hospital', 'Species'] as const;
const SUBSCRIBERS = 4;
const BRIDGES = 2;

type Step =
  | { readonly do: 'publish'; readonly scopes: readonly number[] }
  | { readonly do: 'nothing in scope'; readonly records: number }
  | { readonly do: 'all is seen' }
  | { readonly do: 'break'; readonly who: number }
  | { readonly do: 'leave'; readonly who: number }
  | { readonly do: 'come back'; readonly who: number; readonly to: number }
  | { readonly do: 'expire'; readonly partition: number; readonly share: number }
  | { readonly do: 'kill' | 'drain'; readonly bridge: number };

const who = fc.nat(SUBSCRIBERS - 1);
const bridge = fc.nat(BRIDGES - 1);
const always = <T extends Step['do']>(name: T) => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: always('publish'), scopes: fc.array(fc.nat(2), { minLength: 1, maxLength: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: always('nothing in scope'), records: fc.integer({ min: 1, max: 2_500 }) }) },
  { weight: 3, arbitrary: fc.record({ do: always('all is seen') }) },
  { weight: 2, arbitrary: fc.record({ do: always('break'), who }) },
  { weight: 4, arbitrary: fc.record({ do: always('leave'), who }) },
  { weight: 4, arbitrary: fc.record({ do: always('come back'), who, to: bridge }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: always('expire'),
      partition: fc.nat(PARTITIONS - 1),
      share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'drain' as const), bridge }) },
);

test('whatever comes in whatever order: each event in scope once per history, or an explicit gap with the exact range', async () => {
  await using stack = await openTestStack();
  const figures = { events: 0, gaps: 0, connections: 0, restarts: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: STEPS, size: 'max' }), async (steps) => {
      await using course = await Course.open(stack);
      for (const one of steps) await course.perform(one);
      const faults = await course.end();
      for (const name of Object.keys(figures) as Array<keyof typeof figures>) figures[name] += course.figures[name];
      if (faults.length > 0)
        throw new Error(`${faults.slice(0, 10).join('\n')}\nwhat was done:\n${course.story.join('\n')}`);
    }),
    { seed: SEED, numRuns: CASES, interruptAfterTimeLimit: SHRINK_MS, markInterruptAsFailure: true },
  );
  report('stream histories', `${CASES} cases of up to ${STEPS} steps, seed ${SEED}`, figures);
  // A run in which nothing expired before it was read, or nobody came back, would prove little.
  expect(Math.min(...Object.values(figures))).toBeGreaterThan(0);
}, 1_500_000);

/** One case: a topic, two bridges, four subscribers who are there before the first record. */
class Course implements AsyncDisposable {
  readonly story: string[] = [];
  readonly figures = { events: 0, gaps: 0, connections: 0, restarts: 0 };
  readonly #stack: TestStack;
  readonly #line: StreamLine;
  readonly #bridges: BridgeProcess[];
  readonly #histories: readonly StreamHistory[];
  /** At which bridge each subscriber is, or was last. */
  readonly #at: number[] = [];
  readonly #published: PublishedRecord[] = [];
  readonly #expired = Array.from({ length: PARTITIONS }, () => 0);
  #version = 0;

  private constructor(stack: TestStack, line: StreamLine, bridges: BridgeProcess[]) {
    this.#stack = stack;
    this.#line = line;
    this.#bridges = bridges;
    const partners = SCOPES.map((scope) => line.partner(scope));
    this.#histories = Array.from(
      { length: SUBSCRIBERS },
      (_, index) => new StreamHistory(partners[index % SCOPES.length] as (typeof partners)[number]),
    );
  }

  static async open(stack: TestStack): Promise<Course> {
    const line = await StreamLine.open(stack, { partitions: PARTITIONS });
    const course = new Course(stack, line, []);
    for (const started of await Promise.all(Array.from({ length: BRIDGES }, () => line.bridge())))
      course.#bridges.push(started);
    for (let index = 0; index < SUBSCRIBERS; index += 1) await course.#join(index, index % BRIDGES);
    return course;
  }

  async perform(step: Step): Promise<void> {
    this.story.push(JSON.stringify(step));
    if (step.do === 'publish') return this.#publish(step.scopes.map((scope) => SCOPES[scope] ?? 'Nobody'));
    if (step.do === 'nothing in scope') return this.#publish(Array.from({ length: step.records }, () => 'Nobody'));
    if (step.do === 'all is seen') return this.#allSeen();
    if (step.do === 'break') return this.#histories[step.who]?.client?.breakConnection();
    if (step.do === 'leave') return this.#histories[step.who]?.leave();
    if (step.do === 'come back') return this.#join(step.who, step.to);
    if (step.do === 'expire') return this.#expire(step.partition, step.share);
    return this.#restart(step.bridge, step.do === 'kill' ? 'SIGKILL' : 'SIGTERM');
  }

  /** Everybody comes back, twice, to have what is still owed. @returns what is wrong */
  async end(): Promise<string[]> {
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < SUBSCRIBERS; index += 1) await this.#join(index, (index + round) % BRIDGES);
      // In order within a partition: who has these has, or will never have, all that was before.
      await this.#publish(Array.from({ length: 2 * KEYS }, (_, index) => SCOPES[index % 2] as string));
      await this.#allSeen();
    }
    await Promise.all(this.#histories.map((history) => history.leave()));
    return this.#histories.flatMap((history, index) => {
      this.figures.events += history.versions.length;
      this.figures.gaps += history.gaps.length;
      return judgeHistory(history, this.#published, this.#expired).map((fault) => `subscriber ${index}: ${fault}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#histories.map((history) => history.leave()));
    await this.#line[Symbol.asyncDispose]();
  }

  async #publish(scopes: readonly string[]): Promise<void> {
    const rules = scopes.map((scope) => {
      this.#version += 1;
      return publicRule(`r${(this.#version >> 1) % KEYS}`, this.#version, scope);
    });
    const written = await this.#line.publish(rules);
    written.forEach(({ partition, offset }, index) => {
      const { ruleId, version } = rules[index] as (typeof rules)[number];
      this.#published.push({ partition, offset, ruleId, version: Number(version), scope: scopes[index] as string });
    });
  }

  /** Whoever is connected has the newest event of its scope in each partition, where retention has left it. */
  async #allSeen(): Promise<void> {
    await Promise.all(
      this.#histories.map(async (history, index) => {
        if (!history.client) return;
        const newest = new Map<number, PublishedRecord>();
        for (const record of this.#published)
          if (record.scope === history.partner.scope) newest.set(record.partition, record);
        const wanted = [...newest.values()].filter(
          ({ partition, offset }) => offset >= (this.#expired[partition] ?? 0),
        );
        await eventually(
          `subscriber ${index} has ${wanted.map(({ version }) => version)}`,
          () => {
            const seen = new Set(history.versions);
            return wanted.every(({ version }) => seen.has(version)) || undefined;
          },
          { stepMs: 20 },
        );
      }),
    );
  }

  async #join(index: number, at: number): Promise<void> {
    const history = this.#histories[index];
    if (!history || (history.client && this.#at[index] === at)) return;
    await history.leave();
    const { lastEventId } = history;
    const address = this.#bridges[at] as BridgeProcess;
    const client = this.#line.listen(address, history.partner, '', lastEventId === '' ? {} : { lastEventId });
    history.join(client);
    this.#at[index] = at;
    this.figures.connections += 1;
    await eventually('the stream has begun', () => client.lastEventId !== '' || undefined);
  }

  async #expire(partition: number, share: number): Promise<void> {
    const [from, to] = await this.#bounds(partition);
    const offset = from + Math.ceil((to - from) * share);
    if (offset <= from) return;
    await this.#stack.admin.deleteTopicRecords({
      topic: this.#line.topic,
      partitions: [{ partition, offset: String(offset) }],
    });
    this.#expired[partition] = offset;
  }

  async #bounds(partition: number): Promise<[number, number]> {
    const found = (await this.#stack.admin.fetchTopicOffsets(this.#line.topic)).find(
      (one) => one.partition === partition,
    );
    return [Number(found?.low), Number(found?.high)];
  }

  /** Its subscribers go to the other process meanwhile, as behind a load balancer. */
  async #restart(at: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.#bridges[at]?.signal(signal);
    this.figures.restarts += 1;
    for (let index = 0; index < SUBSCRIBERS; index += 1)
      if (this.#at[index] === at && this.#histories[index]?.client) await this.#join(index, (at + 1) % BRIDGES);
    this.#bridges[at] = await this.#line.bridge();
    for (let index = 0; index < SUBSCRIBERS; index += 1) if (this.#at[index] === at) this.#at[index] = Number.NaN; // its place has another address now
  }
}
