import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { AuditQuestion } from '@ess/view/audit/audit-search.ts';
import type { Audited } from '@ess/view/audit/decoded-rows.ts';
import { expect, test } from '@jest/globals';
import { History } from './history.ts';
import { STEP_MS, STEPS } from './hour.ts';
import { binOf, msOf } from './latencies.ts';
import { Recall } from './recall.ts';

/** The end of a step. */
const NOW_MS = 1_000_000 * STEP_MS * 12;

const row = (more: Partial<DeliveryAttempt>): DeliveryAttempt =>
  ({
    partner: 'hospital',
    outcome: 'delivered',
    attemptedAt: NOW_MS - 1,
    publishedAt: NOW_MS - 101,
    replayId: null,
    ...more,
  }) as DeliveryAttempt;

const last = <T>(values: readonly T[]): T | undefined => values.at(-1);

test.each([0, 1, 5, 20, 100, 1_000, 60_000])('%d ms are read back within 8 %% and a half', (ms) => {
  expect(Math.abs(msOf(binOf(ms)) - ms)).toBeLessThanOrEqual(ms * 0.08 + 0.5);
});

test('of each step: how long deliveries took, how many there were and how many failed', () => {
  const history = new History(0);
  for (let index = 0; index < 98; index += 1) history.take(row({}));
  for (let index = 0; index < 2; index += 1) history.take(row({ publishedAt: NOW_MS - 10_001 }));
  history.take(row({ outcome: 'retried' }));
  history.take(row({ outcome: 'skipped' }));
  history.look(new Map([['hospital', 7]]), NOW_MS - 1);
  const { p50Ms, p99Ms, deliveredPerSecond, failedPerSecond, waiting } = history.of('hospital', NOW_MS);
  expect([p50Ms.length, last(deliveredPerSecond), last(failedPerSecond), last(waiting)]).toEqual([STEPS, 10, 0.1, 7]);
  expect([last(p50Ms), last(p99Ms)]).toEqual([msOf(binOf(100)), msOf(binOf(10_000))]);
  expect([p50Ms.at(-2), deliveredPerSecond.at(-2), waiting.at(-2)]).toEqual([null, 0, null]);
  expect(history.latency('hospital', NOW_MS)).toEqual({ p50Ms: msOf(binOf(100)), p99Ms: msOf(binOf(10_000)) });
});

test('a replay says nothing of how long a record takes, and counts as delivered', () => {
  const history = new History(0);
  history.take(row({ replayId: 'r1', publishedAt: 0 }));
  const { p99Ms, deliveredPerSecond } = history.of('hospital', NOW_MS);
  expect([last(p99Ms), last(deliveredPerSecond)]).toEqual([null, 0.1]);
});

test('steps of the answer are made of those of the ring, and the ring forgets what is older than an hour', () => {
  const history = new History(0);
  history.take(row({ attemptedAt: NOW_MS - STEPS * STEP_MS }));
  for (let step = 0; step < 12; step += 1) history.take(row({ attemptedAt: NOW_MS - 1 - step * STEP_MS }));
  const { stepSeconds, deliveredPerSecond } = history.of('hospital', NOW_MS, 12);
  expect([stepSeconds, deliveredPerSecond.length, last(deliveredPerSecond)]).toEqual([120, STEPS / 12, 0.1]);
  history.take(row({ attemptedAt: NOW_MS - 2 * STEPS * STEP_MS }));
  expect(history.of('hospital', NOW_MS + STEPS * STEP_MS).deliveredPerSecond).toEqual(Array(STEPS).fill(0));
});

test('before it knew anything nothing is known', () => {
  const history = new History(NOW_MS - 2 * STEP_MS);
  const { since, deliveredPerSecond } = history.of('hospital', NOW_MS);
  expect(Date.parse(since)).toBe(NOW_MS - 2 * STEP_MS);
  expect(deliveredPerSecond.slice(-3)).toEqual([null, 0, 0]);
});

test('a partner that has gone is forgotten', () => {
  const history = new History(0);
  history.take(row({}));
  history.look(new Map(), NOW_MS);
  expect(history.latency('hospital', NOW_MS)).toBeNull();
});

const audited = (offset: number, atMs: number): Audited => ({
  row: row({ attemptedAt: atMs, publishedAt: atMs }),
  record: { partition: 0, offset, timestampMs: atMs },
});

/** An index that has rows up to an offset. */
const index = (rows: readonly Audited[]) => ({
  find: async ({ behind, sinceMs = 0 }: AuditQuestion) => ({
    found: rows
      .filter(({ record: { timestampMs } }) => timestampMs < (behind?.timestampMs ?? 0) && timestampMs >= sinceMs)
      .toReversed(),
    next: undefined,
    reachesMs: rows[0]?.record.timestampMs,
  }),
});

test('what was before is recalled from the index once it is as far as the view, and nothing is counted twice', async () => {
  const history = new History(NOW_MS);
  const recall = new Recall(history, NOW_MS);
  const rows = [audited(1, NOW_MS - 30 * STEP_MS), audited(2, NOW_MS - 2 * STEP_MS), audited(3, NOW_MS - 1)];
  for (const { row: one, record } of rows.slice(1)) recall.take(one, record);
  const live = audited(4, NOW_MS + 1);
  recall.take(live.row, live.record);
  let asked = 0;
  const signal = new AbortController();
  const late = {
    find: (question: AuditQuestion) => {
      asked += 1;
      if (asked === 2) signal.abort();
      return index(rows.slice(0, 2)).find(question);
    },
  };
  await recall.from(late, AbortSignal.any([signal.signal, AbortSignal.timeout(1)]));
  expect(Date.parse(history.of('hospital', NOW_MS).since)).toBe(NOW_MS);
  await recall.from(index([...rows, live]), new AbortController().signal);
  const { since, deliveredPerSecond } = history.of('hospital', NOW_MS + STEP_MS);
  expect(Date.parse(since)).toBe(NOW_MS - 30 * STEP_MS);
  expect(deliveredPerSecond.slice(-3)).toEqual([0.1, 0.1, 0.1]);
  expect(deliveredPerSecond.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBeCloseTo(0.4);
});
