import { STAGES_UNTIL_ANSWERED } from '@ess/runtime/metrics/stages.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LatencyLedger } from './latency-ledger.ts';
import { latencyLines } from './latency-lines.ts';
import { Spread } from './spread.ts';

test("each stage has its percentiles, and the time is its owner's", () => {
  const ledger = new LatencyLedger();
  // kafkaAcrossClocks, lane, retry, mapping, connect, firstByte, answer
  for (let index = 0; index < 99; index += 1) ledger.add([1, 2, 0, 1, 1, 4, 1]);
  ledger.add([1, 2, 500, 1, 1, 4, 1]);
  ledger.add(null);
  ledger.add([1, 2]);
  const { told } = ledger;
  expect([told.deliveries, told.unmeasured]).toEqual([100, 2]);
  expect(told.stages.map(({ stage }) => stage)).toEqual(STAGES_UNTIL_ANSWERED);
  const rounded = told.whose.map(({ whose, p50Ms, p99Ms, share }) => [
    whose,
    Math.round(p50Ms),
    Math.round(p99Ms),
    Math.round(share * 1500),
  ]);
  expect(rounded).toEqual([
    ['in the topic', 1, 1, 100],
    ['us', 3, 3, 300],
    ['network', 1, 1, 100],
    ['partner', 5, 5, 1000],
  ]);
  expect(told.whole.p50Ms).toBeCloseTo(10, 0);
  const lines = latencyLines(told);
  expect(lines.find((line) => line.startsWith('retry'))).toMatch(
    /^retry +0\.00 ms +0\.00 ms +33 % +partner +from the first/,
  );
  expect(lines.find((line) => line.startsWith('partner'))).toMatch(/^partner +4\.98 ms +4\.98 ms +67 %$/);
});

test('what a record waits in its topic is not said to be of Kafka alone', () => {
  const ledger = new LatencyLedger();
  ledger.add([60_000, 2, 0, 1, 1, 4, 1]);
  expect(ledger.told.whose[0]).toMatchObject({ whose: 'in the topic', share: expect.closeTo(1, 2) });
  const lines = latencyLines(ledger.told);
  expect(lines.find((line) => line.startsWith('kafkaAcrossClocks'))).toMatch(/ in the topic +.*a full backlog/);
});

test('durations have three digits, also just before a second', () => {
  const lines = latencyLines({ ...new LatencyLedger().told, whole: { p50Ms: 999.4, p99Ms: 999.6 } });
  expect(lines.find((line) => line.startsWith('whole'))).toMatch(/^whole +999 ms +1\.00 s /);
});

test('without a delivery there is nothing to divide by', () => {
  expect(new LatencyLedger().told).toMatchObject({ deliveries: 0, whole: { p50Ms: 0, p99Ms: 0 } });
});

test('a percentile is right to 1 %', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.002, max: 1e9, noNaN: true }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.99, 1),
      (all, share) => {
        const spread = new Spread();
        for (const ms of all) spread.add(ms);
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1] as number;
        expect(Math.abs(spread.percentile(share) / exact - 1)).toBeLessThan(0.01);
      },
    ),
  );
});
