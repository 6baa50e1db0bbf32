import { expect, test } from '@jest/globals';
import { NewestAcked } from './newest-acked.ts';

const at = (version: number) => ({ version, topic: 'rules', partition: 0, offset: version * 10 });

test('an older version does not go before a newer one; the same one again is news', () => {
  const newest = new NewestAcked();
  newest.load(new Map([['r', at(3)]]));
  expect([
    newest.raise('r', at(2)),
    newest.raise('r', at(3)),
    newest.raise('r', at(4)),
    newest.raise('r', at(3)),
  ]).toEqual([false, true, true, false]);
  newest.merge(new Map([['r', at(1)], ['s', at(7)]])); // biome-ignore format: pairs
  expect([newest.versions.get('r')?.version, newest.versions.get('s')?.version]).toEqual([4, 7]);
});

test('without a replay nothing is compared: live versions come in order', () => {
  const newest = new NewestAcked();
  expect([newest.raise('r', at(3)), newest.raise('r', at(2))]).toEqual([true, true]);
  expect(newest.versions.size).toBe(0);
});
