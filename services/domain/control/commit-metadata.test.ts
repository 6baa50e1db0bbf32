import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CommitMetadata } from './commit-metadata.ts';
import { decodeMetadata, encodeMetadata, METADATA_MAX_CHARS } from './commit-metadata.ts';

const EMPTY: CommitMetadata = {
  settled: [],
  attempts: [],
  clean: false,
  committedAtMs: 1_795_000_000_000,
  epochStartedAtMs: 1_794_999_990_000,
  worker: 'host-1-77',
};

/** Ascending, from steps. */
const metadata = (maxLength: number, minLength = 0) =>
  fc
    .record({
      position: fc.maxSafeNat().map((offset) => Math.floor(offset / 2)),
      ranges: fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(1e4)), { minLength, maxLength, size: 'max' }),
      attempts: fc.array(fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 500 })), {
        minLength,
        maxLength,
        size: 'max',
      }),
      clean: fc.boolean(),
      worker: fc.string({ unit: 'grapheme', maxLength: 40 }),
      ageMs: fc.nat(1e9),
    })
    .map(({ position, ranges, attempts, clean, worker, ageMs }) => {
      let at = position;
      const settled = ranges.map(([gap, length]) => {
        const first = at + gap;
        at = first + length;
        return [first, at] as const;
      });
      at = position - 1;
      const used = attempts.map(([gap, count]) => {
        at += gap + 1;
        return [at, count] as const;
      });
      const { committedAtMs } = EMPTY;
      return {
        position,
        given: { settled, attempts: used, clean, committedAtMs, epochStartedAtMs: committedAtMs - ageMs, worker },
      };
    });

test('a reason of any length never keeps a commit from being made, nor does what travels beside it', () => {
  const health = { movedAtMs: 1, settledPerSecond: 1, capacityPerSecond: 1 };
  const noise = Array.from({ length: 1e5 }, (_, index) => String.fromCharCode(33 + ((index * 7_919) % 9_000))).join('');
  const given = { ...EMPTY, settled: [[8, 9]] as const, health: { ...health, held: { sinceMs: 1, reason: noise } } };
  const text = encodeMetadata(5, given);
  expect(text.length).toBeLessThanOrEqual(METADATA_MAX_CHARS);
  expect(decodeMetadata(5, text)).toMatchObject({
    settled: [[8, 9]],
    health: { held: { reason: noise.slice(0, 200) } },
  });
  // What cannot be shortened is left to Kafka to refuse: it is no loop.
  const worker = noise.slice(0, 2e4);
  const refused = encodeMetadata(5, { ...given, worker });
  expect(decodeMetadata(5, refused)).toEqual({ ...EMPTY, worker });
});

test('what is committed comes back, whatever the numbers', () => {
  fc.assert(
    fc.property(metadata(60), ({ position, given }) => {
      expect(decodeMetadata(position, encodeMetadata(position, given))).toEqual(given);
    }),
  );
});

test('what does not fit into 4 KiB is forgotten from its newest end, and nothing is made up', () => {
  fc.assert(
    fc.property(metadata(3_000, 1_000), ({ position, given }) => {
      const text = encodeMetadata(position, given);
      expect(text.length).toBeLessThanOrEqual(METADATA_MAX_CHARS);
      expect(text.length).toBeGreaterThan(METADATA_MAX_CHARS / 2); // what fits is kept
      const back = decodeMetadata(position, text)!;
      expect(back.settled).toEqual(given.settled.slice(0, back.settled.length));
      expect(back.attempts).toEqual(given.attempts.slice(0, back.attempts.length));
      expect({ ...back, settled: [], attempts: [] }).toEqual({ ...given, settled: [], attempts: [] });
    }),
    { numRuns: 10 },
  );
});

test('two thousand open records, every other one settled, fit whole', () => {
  const settled = Array.from({ length: 1_000 }, (_, index) => [2 * index + 1, 2 * index + 1] as const);
  const attempts = Array.from({ length: 1_000 }, (_, index) => [2 * index, (index % 12) + 1] as const);
  const given = { ...EMPTY, settled, attempts };
  expect(decodeMetadata(0, encodeMetadata(0, given))).toEqual(given);
});

test('a replay and the owner’s health travel along, whatever has to be forgotten', () => {
  const given: CommitMetadata = {
    ...EMPTY,
    settled: Array.from({ length: 4_000 }, (_, index) => [index * index, index * index + index] as const),
    replay: {
      id: 'a1b2c3d4',
      target: 10,
      until: 90,
      resume: 120,
      key: 'wildfire-ü',
      newIds: true,
      ratePerSecond: 2.5,
      current: false,
      movedAtMs: 1_795_000_000_000,
      stop: 'undo',
      ended: false,
      delivered: 17,
    },
    health: {
      movedAtMs: 1_795_000_000_000,
      held: { sinceMs: 1_794_999_999_000, reason: 'status-503' },
      settledPerSecond: 200.5,
      capacityPerSecond: 10_000,
    },
  };
  const back = decodeMetadata(0, encodeMetadata(0, given))!;
  expect([back.replay, back.health]).toEqual([given.replay, given.health]);
  expect(back.settled.length).toBeLessThan(given.settled.length);
});

test('what an owner committed before there were replays, or a checksum, is read as it was', () => {
  // A real commit of 2026-11-24: position 7, [9, 12] settled, three attempts at 8.
  expect(decodeMetadata(7, 'ess1:Y2jYc_PTPJMJfpwZ-cUluoa65uaMTMyMjMwA')).toEqual({
    ...EMPTY,
    settled: [[9, 12]],
    attempts: [[8, 3]],
  });
  expect(decodeMetadata(7, 'ess2:Y2jYc_PTPJMJfpwZ-cUluoa65uaMTMyMjMwMAA')).toEqual({
    ...EMPTY,
    settled: [[9, 12]],
    attempts: [[8, 3]],
  });
});

test('what is short goes as it is, what is long is deflated', () => {
  const short = { ...EMPTY, settled: [[9, 12]] as const, attempts: [[8, 3]] as const };
  expect(encodeMetadata(7, short)).toMatch(/^ess3p:/);
  const long = Array.from({ length: 600 }, (_, index) => [10 + 3 * index, 11 + 3 * index] as const);
  const text = encodeMetadata(7, { ...EMPTY, settled: long });
  expect(text).toMatch(/^ess3:/);
  expect(decodeMetadata(7, text)?.settled).toEqual(long);
});

describe('what is not ours is read as nothing', () => {
  const ours = encodeMetadata(7, { ...EMPTY, settled: [[9, 12]], attempts: [[8, 3]] });

  test.each([
    ['no metadata', null],
    ['an empty text', ''],
    ['a text of another tool', 'reset by ops'],
    ['a later version', ours.replace('ess3', 'ess4')],
    ['a truncated text', ours.slice(0, -4)],
    ['a prefix alone', 'ess3:'],
    ['the plain prefix alone', 'ess3p:'],
    ['noise behind the prefix', 'ess3:AAAA____zzzz'],
    ['what an earlier version wrote, cut', 'ess2:Y2jYc_PTPJMJfpwZ'],
  ])('%s', (_name, text) => {
    expect(decodeMetadata(7, text)).toBeUndefined();
  });

  test.each(['ess2:', 'ess2p:', 'ess3:', 'ess3p:'])('no text behind %s makes it throw or hang', (prefix) => {
    fc.assert(
      fc.property(fc.base64String({ maxLength: 80 }), (noise) => {
        const decoded = decodeMetadata(0, prefix + noise);
        expect(decoded === undefined || Array.isArray(decoded.settled)).toBe(true);
      }),
    );
  });

  test('what a tool kept beside an offset that it moved, at any distance', () => {
    fc.assert(
      fc.property(metadata(20), fc.maxSafeNat(), ({ position, given }, other) => {
        fc.pre(other !== position);
        expect(decodeMetadata(other, encodeMetadata(position, given))).toBeUndefined();
      }),
    );
  });

  test('what was cut anywhere, or has one character changed', () => {
    const whole = (text: string) => Buffer.from(text.split(':')[1] as string, 'base64url').toString('hex');
    fc.assert(
      fc.property(metadata(300), fc.nat(), fc.constantFrom(...'AZaz09-_'), ({ position, given }, at, other) => {
        const text = encodeMetadata(position, given);
        const cut = at % text.length;
        expect(decodeMetadata(position, text.slice(0, cut))).toBeUndefined();
        const changed = text.slice(0, cut) + other + text.slice(cut + 1);
        // The last character of base64 may carry bits that mean nothing.
        fc.pre(!/^ess3p?:/.test(changed) || whole(changed) !== whole(text));
        expect(decodeMetadata(position, changed)).toBeUndefined();
      }),
    );
  });
});

test('what is below the position, or from a clock that went back, does not damage the rest', () => {
  const given = { ...EMPTY, committedAtMs: 1_000, epochStartedAtMs: 5_000 };
  const text = encodeMetadata(100, {
    ...given,
    ...({
      settled: [
        [90, 95],
        [103, 104],
      ],
      attempts: [
        [99, 2],
        [101, 7],
      ],
    } satisfies Partial<CommitMetadata>),
  });
  expect(decodeMetadata(100, text)).toEqual({
    ...given,
    settled: [[103, 104]],
    attempts: [[101, 7]],
    epochStartedAtMs: 1_000,
  });
});

test('records that have stopped a process travel along, and a text that nothing can shorten is not tried for ever', () => {
  const stands = [{ offset: 9, worker: 'host-1-77', alone: true, partner: null }];
  expect(decodeMetadata(9, encodeMetadata(9, { ...EMPTY, stands }))).toMatchObject({ stands });
  const worker = Array.from({ length: 9_000 }, (_, index) =>
    String.fromCodePoint(200 + ((index * 7_919) % 40_000)),
  ).join('');
  expect(encodeMetadata(9, { ...EMPTY, worker, settled: [[10, 12]] }).length).toBeGreaterThan(METADATA_MAX_CHARS);
});

test('the log of the position, and the end of what was acked before, travel beside it', () => {
  const given = { ...EMPTY, log: { id: 'abc', at: 1_794_000_000_000 }, ackedUntil: 70 };
  expect(decodeMetadata(5, encodeMetadata(5, given))).toEqual(given);
});
