import { setImmediate as turn } from 'node:timers/promises';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { expect, test } from '@jest/globals';
import { EventBuffer } from '../sse/event-buffer.ts';
import type { Vector } from '../topic/vector.ts';
import { View } from '../topic/view.ts';
import type { Stretch } from './stretch.ts';
import type { StretchMaker } from './stretch-cache.ts';
import { StretchCache } from './stretch-cache.ts';

const STEP = 10;
const BYTES = 1_000;
const view = new View(
  makeConnector('hospital', 'http://unused'),
  ['key'],
  { unmapped: () => undefined },
  () => undefined,
);

/** Stretches of one partition that end at each tenth offset, or at the limit. */
class Maker implements StretchMaker {
  readonly asked: string[] = [];
  fails = false;
  underWay = 0;
  most = 0;

  readonly reused: ArrayBuffer[] = [];

  prepare(): void {}

  reuse(_: View, memory: ArrayBuffer): void {
    this.reused.push(memory);
  }

  async make(_: View, from: Vector, limit: Vector): Promise<Stretch> {
    this.asked.push(`${from} to ${limit}`);
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    await turn();
    this.underWay -= 1;
    if (this.fails) throw new Error('Kafka is away');
    const [at = 0, end = 0] = [from[0], limit[0]];
    const buffer = new EventBuffer(BYTES);
    buffer.open();
    const chunk = buffer.close();
    const to = [Math.min(end, (Math.floor(at / STEP) + 1) * STEP)];
    const { bytes } = buffer;
    return { to, lost: [], events: 1, firstMs: 1, lastMs: 1, bytes, chunk, documents: new Uint32Array() };
  }
}

const open = (maxBytes = 1_000_000, makers = 4) => {
  const maker = new Maker();
  return { maker, stretches: new StretchCache(maker, { maxBytes, makers }) };
};

test('the next stretch is made ahead, and who comes for it shares it', async () => {
  const { maker, stretches } = open();
  const first = await stretches.next(view, [0], [25]);
  await turn();
  expect([first.stretch.to, maker.asked]).toEqual([[10], ['0 to 25', '10 to 25']]);
  const [a, b] = await Promise.all([stretches.next(view, [10], [25]), stretches.next(view, [10], [25])]);
  expect(a.stretch).toBe(b.stretch);
  await turn();
  await stretches.next(view, [20], [25]);
  await turn();
  expect(maker.asked).toEqual(['0 to 25', '10 to 25', '20 to 25']); // and nothing beyond the limit
});

test('all that come for one stretch at once share one', async () => {
  const { maker, stretches } = open();
  const got = await Promise.all(Array.from({ length: 20 }, () => stretches.next(view, [0], [10])));
  expect([new Set(got.map(({ stretch }) => stretch)).size, maker.asked]).toEqual([1, ['0 to 10']]);
});

test('a stretch that the limit cut is for that limit only, one that ended by itself for every limit that it is within', async () => {
  const { maker, stretches } = open();
  expect((await stretches.next(view, [0], [5])).stretch.to).toEqual([5]);
  expect((await stretches.next(view, [0], [10])).stretch.to).toEqual([10]);
  expect((await stretches.next(view, [0], [7])).stretch.to).toEqual([7]);
  expect((await stretches.next(view, [0], [5])).stretch.to).toEqual([5]);
  expect(maker.asked).toEqual(['0 to 5', '0 to 10', '0 to 7']);
  const { stretches: others } = open();
  const far = await others.next(view, [0], [30]);
  expect((await others.next(view, [0], [20])).stretch).toBe(far.stretch);
});

test('one that failed is made again', async () => {
  const { maker, stretches } = open();
  maker.fails = true;
  await expect(stretches.next(view, [0], [30])).rejects.toThrow('Kafka is away');
  maker.fails = false;
  expect((await stretches.next(view, [0], [30])).stretch.to).toEqual([10]);
});

test('no more are made at once than is said, and the oldest go when there is no room', async () => {
  const { maker, stretches } = open(3 * BYTES, 2);
  const starts = [0, 10, 20, 30, 40, 50];
  await Promise.all(starts.map((from) => stretches.next(view, [from], [from + STEP])));
  expect(maker.most).toBe(2);
  maker.asked.length = 0;
  for (const from of [50, 40, 30, 20]) await stretches.next(view, [from], [from + STEP]);
  expect(maker.asked).toEqual(['20 to 30']);
});

test('memory is used again when neither the cache nor anybody who asked needs it, and not before', async () => {
  const { maker, stretches } = open(BYTES);
  const end = [10];
  const a = await stretches.next(view, [0], end);
  const alsoA = await stretches.next(view, [0], end);
  const memory = a.stretch.bytes.buffer;
  a.release();
  a.release(); // counts once
  expect(maker.reused).toEqual([]);
  const b = await stretches.next(view, [10], [20]); // no room for both
  expect(maker.reused).toEqual([]);
  alsoA.release();
  expect(maker.reused).toEqual([memory]);
  b.release();
  expect(maker.reused).toEqual([memory]); // the cache has it
  await stretches.next(view, [20], [30]);
  expect(maker.reused).toEqual([memory, b.stretch.bytes.buffer]);
});

test('one that is asked for in the moment when the cache drops it is whole', async () => {
  const { maker, stretches } = open(BYTES);
  await stretches.next(view, [0], [10]).then(({ release }) => release());
  const pending = [stretches.next(view, [0], [10]), stretches.next(view, [10], [20])];
  const [first, second] = await Promise.all(pending);
  expect(maker.reused).toEqual([]);
  second?.release();
  first?.release();
  expect(maker.reused).toEqual([first?.stretch.bytes.buffer]);
});

test('what was made ahead and nobody came for goes back with the room', async () => {
  const { maker, stretches } = open(BYTES);
  const { release } = await stretches.next(view, [0], [30]);
  release();
  await turn();
  await turn();
  expect([maker.asked.length, maker.reused.length]).toEqual([2, 1]);
});

test('when the topic was made anew nothing of before is given to who comes, also what was on its way', async () => {
  const { maker, stretches } = open();
  const kept = await stretches.next(view, [0], [10]);
  const underWay = stretches.next(view, [10], [20]);
  await Promise.resolve();
  stretches.clear();
  const [anew, ahead] = await Promise.all([stretches.next(view, [0], [10]), stretches.next(view, [10], [20])]);
  expect(anew.stretch).not.toBe(kept.stretch);
  expect(ahead.stretch).not.toBe((await underWay).stretch);
  expect(maker.asked).toEqual(['0 to 10', '10 to 20', '0 to 10', '10 to 20']);
  // What fails late is not what took its place.
  maker.fails = true;
  const failed = stretches.next(view, [30], [40]).catch((error: Error) => {
    maker.fails = false;
    return error.message;
  });
  stretches.clear();
  const after = stretches.next(view, [30], [40]);
  expect(await failed).toBe('Kafka is away');
  expect((await after).stretch).toBe((await stretches.next(view, [30], [40])).stretch);
});
