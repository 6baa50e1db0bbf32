import { makePartner } from '@ess/test/harness/data/partner.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import { Timers } from '../item/timers.ts';
import { StartGate } from './start-gate.ts';

afterEach(() => void jest.useRealTimers());

/** The next request after the first is due in about so many days; asked for whenever the gate says that it may be. */
function gateWith(days: number) {
  const { partner } = makePartner({ connector: { deliver: { rateLimit: { perSecond: 1 / (days * 86_400) } } } });
  const asked = { times: 0 };
  const due = () => {
    asked.times += 1;
    gate.admit();
  };
  const group = { ownedForMs: 10_000, partitionCount: 1 };
  const gate = new StartGate(partner, group, new Timers(), { start() {}, due });
  gate.shareRate(1);
  return { gate, asked };
}

test.each([30, 1e300, Number.POSITIVE_INFINITY])(
  'a request that is due in %p days is not asked for all the time',
  (days) => {
    jest.useFakeTimers();
    const { gate, asked } = gateWith(days);
    expect([gate.admit(), gate.admit(), gate.isPaced]).toEqual([true, false, true]);
    jest.advanceTimersByTime(1_000);
    expect(asked.times).toBe(0);
    jest.advanceTimersByTime(600_000);
    expect([asked.times > 0, gate.isPaced]).toEqual([true, true]); // the share may have changed
  },
);
