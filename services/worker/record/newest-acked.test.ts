import { expect, test } from '@jest/globals';
import { NewestAcked } from './newest-acked.ts';

const at = (version: number) => ({ version, topic: 'rules', partition: 0, offset: version * 10 });

test('an older version does not go before a newer one; the same one again is news', () => {
  const newest = new NewestAcked();
  newest.begin();
  newest.raise('r', at(3));
  expect([
    newest.raise('r', at(2)),
    newest.raise('r', at(3)),
    newest.raise('r', at(4)),
    newest.raise('r', at(3)),
  ]).toEqual([false, true, true, false]);
  expect(newest.versions.get('r')).toEqual(at(4));
});

test('without a replay nothing is compared: live versions come in order', () => {
  const newest = new NewestAcked();
  expect([newest.raise('r', at(3)), newest.raise('r', at(2))]).toEqual([true, true]);
  expect(newest.versions.size).toBe(0);
});

test('what one replay knew is not compared with after its end, nor by the next one', () => {
  const newest = new NewestAcked();
  newest.begin();
  newest.raise('r', at(3));
  newest.forget();
  expect([newest.raise('r', at(2)), newest.versions.size]).toEqual([true, 0]);
  newest.begin();
  expect([newest.raise('r', at(1)), newest.versions.get('r')]).toEqual([true, at(1)]);
});
