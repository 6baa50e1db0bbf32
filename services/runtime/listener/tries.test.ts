import { expect, test } from '@jest/globals';
import { Tries } from './tries.ts';

const HERE = '2001:db8::1';

/** @returns how many wrong secrets this address may show at once */
function triesOf(tries: Tries, address: string, nowMs: number): number {
  for (let shown = 0; ; shown += 1) {
    if (tries.waitMs(address, nowMs) > 0) return shown;
    tries.failed(address, `wrong ${nowMs} ${shown}`, nowMs);
  }
}

test('an address, or the network of an IPv6 one, has ten tries, then one every ten seconds; another one does not wait for it', () => {
  const tries = new Tries();
  expect(triesOf(tries, HERE, 0)).toBe(10);
  expect([HERE, '2001:db8::ffff:2', '2001:db8:0:1::1', '192.0.2.1'].map((one) => tries.waitMs(one, 0))).toEqual([
    ...[10_000, 10_000, 0, 0],
  ]);
  expect([triesOf(tries, HERE, 10_000), tries.waitMs(HERE, 10_000), triesOf(tries, HERE, 120_000)]).toEqual([
    ...[1, 10_000, 10],
  ]);
});

test('a program that shows the same wrong secret for ever keeps nobody out', () => {
  const tries = new Tries();
  for (let shown = 0; shown < 100; shown += 1) tries.failed(HERE, 'of yesterday', shown);
  expect(tries.waitMs(HERE, 100)).toBe(0);
});

test('what is remembered is bounded, and forgotten when it counts no more', () => {
  const tries = new Tries();
  const address = (at: number) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
  for (let at = 0; at < 10_500; at += 1) tries.failed(address(at), 'wrong', 0);
  expect([tries.size, tries.waitMs(address(0), 0)]).toEqual([10_000, 0]);
  tries.failed(HERE, 'wrong', 60_000);
  expect(tries.size).toBe(1);
});
