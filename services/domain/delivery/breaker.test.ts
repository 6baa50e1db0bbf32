import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BreakerPolicy } from './breaker.ts';
import { Breaker } from './breaker.ts';
import { retryWaitMs } from './retry.ts';

const POLICY: BreakerPolicy = {
  failureRatio: 0.5,
  windowMs: 10_000,
  minAttempts: 10,
  probeFirstMs: 500,
  probeMaxMs: 4_000,
};

/** F: a failure, o: a success; one every `everyMs`. */
function after(outcomes: string, everyMs = 1, policy = POLICY): Breaker {
  const breaker = new Breaker(policy);
  [...outcomes].forEach((outcome, index) => {
    if (outcome === 'F') breaker.failure(index * everyMs, 'down');
    else breaker.success(index * everyMs);
  });
  return breaker;
}

describe('it opens', () => {
  test('when the share of failures in the window reaches the ratio', () => {
    expect(after('oFoFoFoFo').isOpen).toBe(false); // nine attempts say nothing yet
    expect(after('oFoFoFoFoF').isOpen).toBe(true);
    expect(after('oooooooFFFooFFF').isOpen).toBe(false);
  });

  test('when failures come in an unbroken run, however slowly', () => {
    expect(after('F'.repeat(9)).isOpen).toBe(false);
    expect(after('F'.repeat(10)).isOpen).toBe(true);
    expect(after('FFFFFoFFFF').isOpen).toBe(true); // a ratio
    expect(after('FF', 60_000).isOpen).toBe(false);
    expect(after('FFF', 60_000).isOpen).toBe(true);
    expect(after('FFoFFoFF', 60_000).isOpen).toBe(false);
  });

  test('for one rule alone, soon after its first waits, so that it need not sit out the long ones', () => {
    const policy = { maxAttempts: 12, firstMs: 200, maxMs: 60_000 };
    const longest = () => 1;
    let [nowMs, attempt] = [0, 1];
    const breaker = new Breaker(POLICY);
    for (; !breaker.failure(nowMs, 'down'); attempt++) nowMs += retryWaitMs(policy, attempt, longest);
    expect([attempt, nowMs]).toEqual([6, 6_200]);
  });

  test('at once when it is told to, and only once', () => {
    const breaker = new Breaker(POLICY);
    expect(breaker.open(5, 'status-401')).toBe(true);
    expect(breaker.open(6, 'status-403')).toBe(false);
    expect(breaker.state).toEqual({ kind: 'open', sinceMs: 5, reason: 'status-401', probes: 0 });
  });

  test('and says so to exactly the failure that opened it', () => {
    const breaker = new Breaker(POLICY);
    const opened = Array.from({ length: 15 }, (_, index) => breaker.failure(index, 'down'));
    expect(opened.indexOf(true)).toBe(9);
    expect(opened.filter(Boolean)).toHaveLength(1);
  });
});

test('failures that left the window do not count', () => {
  const breaker = after('ooooooFFFF');
  for (let nowMs = 20_000; nowMs < 20_005; nowMs++) breaker.success(nowMs);
  for (let nowMs = 20_005; nowMs < 20_009; nowMs++) expect(breaker.failure(nowMs, 'down')).toBe(false);
  expect(breaker.failure(20_010, 'down')).toBe(true); // 5 of 10 within the window
});

describe('open', () => {
  test('one success closes it, and the failures before are forgotten', () => {
    const breaker = after('F'.repeat(10));
    expect(breaker.success(20)).toBe(true);
    expect(breaker.state).toEqual({ kind: 'closed' });
    expect(breaker.failure(21, 'down')).toBe(false);
    expect(breaker.success(22)).toBe(false);
  });

  test('failures keep it open and change nothing', () => {
    const breaker = after('F'.repeat(10));
    const before = breaker.state;
    expect(breaker.failure(99, 'other')).toBe(false);
    expect(breaker.state).toEqual(before);
  });

  test('probes come at growing, jittered intervals up to the longest one', () => {
    const breaker = after('F'.repeat(10));
    expect([1, 1, 1, 1, 1].map((most) => breaker.nextProbeMs(() => most))).toEqual([500, 1_000, 2_000, 4_000, 4_000]);
    expect(breaker.nextProbeMs(() => 0)).toBe(2_000);
    for (let probe = 0; probe < 2_000; probe++) breaker.nextProbeMs(() => 1);
    expect(breaker.nextProbeMs(() => 1)).toBe(4_000);
  });

  test('opened again, the intervals start over', () => {
    const breaker = after('F'.repeat(10));
    breaker.nextProbeMs(() => 1);
    breaker.nextProbeMs(() => 1);
    breaker.success(30);
    expect(breaker.nextProbeMs(() => 1)).toBe(0); // closed: nothing to probe
    breaker.open(31, 'again');
    expect(breaker.nextProbeMs(() => 1)).toBe(500);
  });
});

test('a clock that goes back neither throws nor opens it without failures', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { maxLength: 60 }), (times) => {
      const breaker = new Breaker(POLICY);
      for (const nowMs of times) breaker.success(nowMs);
      expect(breaker.isOpen).toBe(false);
    }),
  );
});

test('below the ratio it stays closed, whatever the rhythm', () => {
  const attempts = fc.array(fc.tuple(fc.nat(3_000), fc.boolean()), { maxLength: 200 });
  fc.assert(
    fc.property(attempts, (steps) => {
      const breaker = new Breaker({ ...POLICY, failureRatio: 0.6 });
      let nowMs = 0;
      let previousFailed = false;
      for (const [waitMs, wish] of steps) {
        nowMs += waitMs;
        const fails: boolean = wish && !previousFailed; // never two in a row: at most half of any window, plus one at its edge
        if (fails) expect(breaker.failure(nowMs, 'down')).toBe(false);
        else breaker.success(nowMs);
        previousFailed = fails;
      }
    }),
  );
});

test('a changed policy is in force at once, and a window of another length begins empty', () => {
  const nowMs = 1_000_000_000;
  const breaker = new Breaker(POLICY);
  const say = (outcomes: string) => {
    for (const outcome of outcomes) outcome === 'F' ? breaker.failure(nowMs, 'down') : breaker.success(nowMs);
    return breaker.isOpen;
  };
  expect(say('FoFoFoFoF')).toBe(false);
  breaker.policy = { ...POLICY, windowMs: 100_000, minAttempts: 4 };
  expect(say('oFoo')).toBe(false);
  expect(say('FF')).toBe(true);
});
