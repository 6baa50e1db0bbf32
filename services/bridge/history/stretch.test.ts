import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HistorySource, PublicRecord } from '../topic/source.ts';
import { View } from '../topic/view.ts';
import { Blocks, OffsetGone } from './blocks.ts';
import { gapStretch, readStretch } from './stretch.ts';
import { SharedStretch } from './stretch-cache.ts';

interface Made extends PublicRecord {
  readonly partition: number;
}

const KEY = 'a key for cursors';
/** Often enough for the histories of these tests. */
const CUT_EVERY = 256;
const HISTORY_BYTES = 8_000_000;

/** Partitions with holes, where records of different partitions may have one time. */
const history = fc
  .array(
    fc.array(fc.record({ hole: fc.nat(3), afterMs: fc.nat(2), wanted: fc.boolean() }), {
      maxLength: 1_200,
      size: 'max',
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((partitions) =>
    partitions.map((steps, partition) => {
      let offset = -1;
      let timestampMs = 1_000;
      const records = steps.map(({ hole, afterMs, wanted }): Made => {
        offset += 1 + hole;
        timestampMs += afterMs;
        const rule = { ruleId: `p${partition}`, version: offset, scope: wanted ? 'Hospital' : 'Species' };
        return { partition, offset, timestampMs, rule };
      });
      return { records, end: offset + 2 };
    }),
  );

type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** As Kafka: whole batches up to a bound, and no word about partitions that did not fit any more. */
function sourceOf(partitions: History, batch: number, low: readonly number[] = []): HistorySource {
  return {
    partitions: partitions.map((_, partition) => partition),
    bounds: async () => partitions.map(({ end }, partition) => ({ low: low[partition] ?? 0, end })),
    offsetsAt: async () => [],
    refresh: async () => undefined,
    fetch: async (positions) =>
      positions.slice(0, 2).map(({ partition, offset }) => {
        if (offset < (low[partition] ?? 0)) return { gone: true, partition };
        const { records, end } = partitions[partition] as History[number];
        const found = records.filter((record) => record.offset >= offset).slice(0, batch);
        const next = found.length === batch ? (found.at(-1) as Made).offset + 1 : end;
        const read = found.map((record) => ({ ...record, bytes: 100, key: null, value: null, headers: {} }));
        return { gone: false, partition, records: read, next, stableEnd: end, logStart: 0 };
      }),
  };
}

function blocksOf(partitions: History, batch: number, low?: readonly number[]): Blocks {
  const decode = async (partition: number, read: ReadonlyArray<{ offset: number }>) =>
    read.map(({ offset }) => partitions[partition]?.records.find((record) => record.offset === offset) as PublicRecord);
  return new Blocks(sourceOf(partitions, batch, low), decode, HISTORY_BYTES);
}

const view = new View(
  makeConnector('hospital', 'http://unused'),
  [KEY],
  { unmapped: () => undefined },
  () => undefined,
);
function cursorOf(text: string): { readonly offsets: readonly number[] } {
  const cursor = view.cursors.read(text);
  if (cursor?.kind !== 'position') throw new Error(`${text} is not a position`);
  return cursor;
}

const startOf = (partitions: History) => partitions.map(() => 0);
const endOf = (partitions: History) => partitions.map(({ end }) => end);

/** All the way. @returns the documents as partition and version, with the cursors, and where each stretch ended */
async function walk(partitions: History, from: readonly number[], limit: readonly number[], batch: number) {
  const blocks = blocksOf(partitions, batch);
  const events: Array<{ id: string; offsets: readonly number[] }> = [];
  const ends: string[] = [];
  let at = from;
  while (at.join() !== limit.join()) {
    const stretch = new SharedStretch(await readStretch(view, at, limit, blocks, CUT_EVERY));
    expect(stretch.to.join()).not.toBe(at.join());
    for (const { text, cursor } of stretch.documents()) {
      const { ruleId, version } = JSON.parse(text) as { ruleId: string; version: number };
      events.push({ id: `${ruleId}-${version}`, offsets: cursorOf(cursor()).offsets });
    }
    at = stretch.to;
    ends.push(at.join());
  }
  return { events, ends };
}

const idsOf = (events: ReadonlyArray<{ id: string }>) => events.map(({ id }) => id);

test('from the beginning to the end: each record in scope once, in order of time, of equal times the lowest partition', () =>
  fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 300 }), async (partitions, batch) => {
      const { events } = await walk(partitions, startOf(partitions), endOf(partitions), batch);
      const wanted = partitions
        .flatMap(({ records }) => records)
        .filter(({ rule }) => (rule as { scope: string }).scope === 'Hospital')
        .sort((a, b) => a.timestampMs - b.timestampMs || a.partition - b.partition || a.offset - b.offset);
      expect(idsOf(events)).toEqual(wanted.map(({ partition, offset }) => `p${partition}-${offset}`));
    }),
    { numRuns: 40 },
  ));

test('from any cursor on comes exactly what followed it, on stretches that end at the same places', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.integer({ min: 1, max: 300 }), async (partitions, choice, batch) => {
      const end = endOf(partitions);
      const whole = await walk(partitions, startOf(partitions), end, batch);
      const at = choice % (whole.events.length + 1);
      const from = at === 0 ? startOf(partitions) : (whole.events[at - 1] as { offsets: readonly number[] }).offsets;
      const rest = await walk(partitions, from, end, 7);
      expect(idsOf(rest.events)).toEqual(idsOf(whole.events.slice(at)));
      expect(rest.ends).toEqual(whole.ends.slice(-rest.ends.length));
    }),
    { numRuns: 40 },
  ));

test('a limit is not passed, and what is behind it follows', () =>
  fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.integer({ min: 1, max: 300 }), async (partitions, choice, batch) => {
      const end = endOf(partitions);
      const fence = end.map((offset, partition) => (choice >> (partition * 4)) % (offset + 1));
      const before = await walk(partitions, startOf(partitions), fence, batch);
      const after = await walk(partitions, fence, end, batch);
      const whole = await walk(partitions, startOf(partitions), end, batch);
      expect([...idsOf(before.events), ...idsOf(after.events)].sort()).toEqual(idsOf(whole.events).sort());
      for (const { offsets } of before.events)
        for (const [partition, offset] of offsets.entries()) expect(offset).toBeLessThanOrEqual(fence[partition] ?? 0);
    }),
    { numRuns: 40 },
  ));

test('what retention has taken is told as a gap with its range, and is no document', async () => {
  const records = [4, 5].map((offset) => ({ partition: 0, offset, timestampMs: 1, rule: {} }));
  const partitions = [{ records, end: 6 }];
  await expect(readStretch(view, [0], [6], blocksOf(partitions, 9, [4]))).rejects.toThrow(OffsetGone);
  const gap = new SharedStretch(gapStretch(view, [0], [{ partition: 0, from: 0, to: 4 }]));
  expect([gap.to, gap.events, [...gap.documents()]]).toEqual([[4], 0, []]);
  expect(gap.span.framed.toString()).toContain('event: ess.gap\ndata: {"lost":[{"partition":0,"from":0,"to":4}]}\n\n');
});
