import { expect, jest, test } from '@jest/globals';
import type { SpanExporter, SpanFacts } from './tracer.ts';
import { Tracer } from './tracer.ts';

const SETTINGS = { sampler: 'parentbased_always_on', ratio: 1 };
const span = (name: string): SpanFacts => ({
  name,
  kind: 'server',
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true },
  startMs: 0,
  endMs: 1,
  attributes: {},
  failed: false,
});

/** @param answers what becomes of each batch, in turn; afterwards all are taken */
function opened(...answers: ReadonlyArray<Promise<void>>) {
  const left = [...answers];
  const batches: string[][] = [];
  const dropped: Array<readonly [spans: number, why: string]> = [];
  const exporter: SpanExporter = {
    send: (spans) => {
      batches.push(spans.map(({ name }) => name));
      return left.shift() ?? Promise.resolve();
    },
    close: async () => {},
  };
  const tracer = new Tracer(exporter, SETTINGS, { onDropped: (...told) => dropped.push(told) });
  return { tracer, batches, dropped };
}

test('spans go out in batches, one at a time, and what is left goes at the stop', async () => {
  const first = Promise.withResolvers<void>();
  const { tracer, batches, dropped } = opened(first.promise);
  for (let index = 0; index < 1_100; index += 1) tracer.record(span(String(index)));
  expect(batches.map(({ length }) => length)).toEqual([512]);
  first.resolve();
  await tracer.close();
  expect(batches.map(({ length }) => length)).toEqual([512, 512, 76]);
  expect(batches.flat()).toEqual(Array.from({ length: 1_100 }, (_, index) => String(index)));
  expect(dropped).toEqual([]);
});

test('a collector that takes nothing costs spans, which are counted: the queue is bounded, and the stop too', async () => {
  const { tracer, dropped } = opened(new Promise(() => {}));
  for (let index = 0; index < 5_000; index += 1) tracer.record(span('x'));
  expect(dropped.length).toBe(5_000 - 512 - 4_096);
  jest.useFakeTimers();
  const closed = tracer.close();
  jest.advanceTimersByTime(3_000);
  jest.useRealTimers();
  await closed;
  expect(dropped.at(-1)).toEqual([4_096 + 512, 'the collector did not take them in time']);
});

test('a batch that the collector refuses is counted, and the next one is tried', async () => {
  const { tracer, batches, dropped } = opened(Promise.reject(new Error('404')));
  for (let index = 0; index < 600; index += 1) tracer.record(span('x'));
  await tracer.close();
  expect(dropped).toEqual([[512, '404']]);
  expect(batches.map(({ length }) => length)).toEqual([512, 88]);
});

test('what comes with a parent follows it; what begins here is for the sampler to say', () => {
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false, state: 'a=1' };
  const begin = (sampler: string, ratio: number, sampled?: boolean) => {
    const exporter = { send: async () => {}, close: async () => {} };
    const tracer = new Tracer(exporter, { sampler, ratio }, { onDropped: () => {} });
    return tracer.begin(sampled === undefined ? undefined : { ...parent, sampled });
  };
  expect(begin('parentbased_always_on', 1, false)).toMatchObject({
    traceId: parent.traceId,
    sampled: false,
    state: 'a=1',
  });
  expect(begin('parentbased_traceidratio', 0, true)).toMatchObject({ traceId: parent.traceId, sampled: true });
  expect(begin('always_off', 1, true).sampled).toBe(false);
  expect(begin('parentbased_always_on', 1).sampled).toBe(true);
  expect(begin('parentbased_always_off', 1).sampled).toBe(false);
  const share = (ratio: number) =>
    Array.from({ length: 400 }, () => begin('parentbased_traceidratio', ratio)).filter(({ sampled }) => sampled).length;
  expect(share(0)).toBe(0);
  expect(share(1)).toBe(400);
  expect(share(0.5)).toBeGreaterThan(100);
  expect(share(0.5)).toBeLessThan(300);
});
