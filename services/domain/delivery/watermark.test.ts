import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Watermark } from './watermark.ts';

function taken(position: number, ...offsets: number[]): Watermark {
  const watermark = new Watermark(position);
  for (const offset of offsets) watermark.take(offset);
  return watermark;
}

describe('the position', () => {
  test('is the first unsettled record, whatever was settled above it', () => {
    const watermark = taken(10, 10, 11, 12);
    expect(watermark.settle(12)).toBe(true);
    expect(watermark.position).toBe(10);
    expect(watermark.settle(10)).toBe(true);
    expect(watermark.position).toBe(11);
    expect(watermark.settle(11)).toBe(true);
    expect(watermark.position).toBe(13);
  });

  test('passes over a hole only when everything before it is settled', () => {
    const watermark = taken(0, 0);
    watermark.advance(5);
    expect(watermark.position).toBe(0);
    watermark.settle(0);
    expect(watermark.position).toBe(5);
  });

  test('stays before a hole that an unsettled record follows', () => {
    const watermark = taken(0, 0, 7);
    watermark.settle(0);
    expect(watermark.position).toBe(7);
  });

  test('never moves back', () => {
    const watermark = taken(3, 3);
    watermark.advance(1);
    expect(watermark.next).toBe(4);
    expect(watermark.position).toBe(3);
  });
});

test('a record taken in twice is refused', () => {
  expect(() => taken(5, 5, 5)).toThrow('offset 5 was taken in before');
  expect(() => taken(5, 4)).toThrow(RangeError);
});

test('settling twice, a hole, or an offset that was never taken in changes nothing', () => {
  const watermark = taken(0, 0, 4, 5);
  watermark.settle(5);
  for (const offset of [5, 2, 99, -1]) expect(watermark.settle(offset)).toBe(false);
  expect(watermark.position).toBe(0);
  expect(watermark.settledAbove()).toEqual([[5, 5]]);
});

describe('what is settled above the position', () => {
  test('is told as ranges that bridge holes but no unsettled record', () => {
    const watermark = taken(0, 0, 1, 3, 4, 5, 9);
    for (const offset of [1, 3, 5, 9]) watermark.settle(offset);
    expect(watermark.settledAbove()).toEqual([
      [1, 3],
      [5, 9],
    ]);
  });

  test('is nothing once the position has passed it', () => {
    const watermark = taken(0, 0, 1);
    watermark.settle(1);
    watermark.settle(0);
    expect(watermark.settledAbove()).toEqual([]);
  });
});

test('after any order of takes, holes and settles it says what a plain set says', () => {
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 0, max: 3 }) }), // offsets skipped before it
    fc.record({ hole: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ settle: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.nat(1000), fc.array(step, { maxLength: 200 }), (position, steps) => {
      const watermark = new Watermark(position);
      const offsets: number[] = [];
      const settled = new Set<number>();
      let next = position;
      for (const now of steps) {
        if ('take' in now) {
          next += now.take;
          watermark.take(next);
          offsets.push(next++);
        } else if ('hole' in now) {
          next += now.hole;
          watermark.advance(next);
        } else {
          const offset = position + (now.settle % (next - position + 2));
          watermark.settle(offset);
          if (offsets.includes(offset)) settled.add(offset);
        }
        const open = offsets.filter((offset) => !settled.has(offset));
        expect(watermark.position).toBe(open[0] ?? next);
        expect(watermark.next).toBe(next);
        const ranges = watermark.settledAbove();
        const within = (offset: number) => ranges.some(([first, last]) => first <= offset && offset <= last);
        const above = offsets.filter((offset) => offset > watermark.position);
        expect(above.filter(within)).toEqual(above.filter((offset) => settled.has(offset)));
        expect(ranges.flat()).toEqual([...ranges.flat()].sort((a, b) => a - b));
      }
    }),
  );
});

test('a million records pass without slowing down or keeping what is settled', async () => {
  const watermark = new Watermark(0);
  for (let offset = 0; offset < 1_000_000; offset++) {
    watermark.take(offset);
    if (offset >= 500) watermark.settle(offset - 500);
    // Takes 0.3 s. Work that grows with what was settled takes hours: the test's own end comes first, and can come here.
    if (offset % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(watermark.position).toBe(999_500);
  expect([watermark.next, watermark.settledAbove()]).toEqual([1_000_000, []]);
});

test('the time of the record before the position is known when that was taken in here', () => {
  const watermark = new Watermark(10);
  expect(watermark.timeBefore).toBeUndefined();
  watermark.take(10, 100);
  watermark.take(11, 110);
  watermark.settle(11);
  expect(watermark.timeBefore).toBeUndefined();
  watermark.settle(10);
  expect([watermark.position, watermark.timeBefore]).toEqual([12, 110]);
  watermark.advance(14); // markers of a transaction
  expect(watermark.timeBefore).toBeUndefined();
  for (let offset = 14; offset < 3_000; offset += 1) {
    watermark.take(offset, offset * 10);
    watermark.settle(offset);
    expect(watermark.timeBefore).toBe(offset * 10);
  }
});

test('the oldest record that is not settled is known behind a lost range, which has no time, and behind what is settled', () => {
  const watermark = new Watermark(10);
  expect(watermark.oldestMs).toBeUndefined();
  watermark.takeRange(10, 20);
  watermark.take(20, 200);
  watermark.take(21, 210);
  expect(watermark.oldestMs).toBe(200);
  watermark.settle(20);
  expect(watermark.oldestMs).toBe(210);
  watermark.settle(21);
  expect(watermark.oldestMs).toBeUndefined();
});
