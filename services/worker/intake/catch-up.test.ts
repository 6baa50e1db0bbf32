import { itemOf } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../item/item.ts';
import { CatchUp } from './catch-up.ts';

const item = (key: string, offset: number, partition = 0, scopeExit: Item['scopeExit'] = 'no') =>
  itemOf({ key, offset, partition, scopeExit });

function open() {
  const superseded: Item[] = [];
  const released: Item[] = [];
  const catchUp = new CatchUp();
  const gather = (one: Item) => superseded.push(...catchUp.gather(one));
  const reached = (partition: number, next: number) => released.push(...catchUp.reached(partition, next));
  return { catchUp, gather, reached, superseded, released };
}

test('at the bound exactly the newest record of each rule goes out, in order of offset; each other one is superseded once', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 50 }), (keys) => {
      const { catchUp, gather, reached, superseded, released } = open();
      catchUp.gatherBelow(0, keys.length);
      const items = keys.map((key, offset) => item(key, offset));
      for (const one of items) {
        expect(catchUp.gathers(one)).toBe(true);
        gather(one);
        reached(0, one.offset + 1);
      }
      const newest = items.filter(({ key, offset }) => !(keys as string[]).slice(offset + 1).includes(key));
      expect(released).toEqual(newest);
      expect(new Set(superseded)).toEqual(new Set(items.filter((one) => !newest.includes(one))));
      expect(superseded).toHaveLength(items.length - newest.length);
    }),
  );
});

test('nothing goes out before the bound, and records at or after it are not gathered', () => {
  const { catchUp, gather, reached, released } = open();
  catchUp.gatherBelow(0, 10);
  gather(item('a', 3));
  reached(0, 9);
  expect(released).toEqual([]);
  expect(catchUp.gathers(item('a', 10))).toBe(false);
  reached(0, 10);
  expect(released).toHaveLength(1);
  expect(catchUp.gathers(item('a', 11))).toBe(false);
});

test('an older record that comes back from its lane is superseded by the newer one at hand', () => {
  const { catchUp, gather, reached, superseded, released } = open();
  catchUp.gatherBelow(0, Number.POSITIVE_INFINITY);
  const [older, newer] = [item('a', 1), item('a', 5)];
  gather(newer);
  gather(older);
  expect(superseded).toEqual([older]);
  catchUp.gatherBelow(0, 6);
  reached(0, 6);
  expect(released).toEqual([newer]);
});

test('a probe takes the lowest in rank out, and partitions do not mix', () => {
  const { catchUp, gather, reached, released } = open();
  for (const partition of [0, 1]) catchUp.gatherBelow(partition, Number.POSITIVE_INFINITY);
  gather(item('a', 7, 0));
  gather(item('b', 2, 1));
  expect(catchUp.takeLowest(({ offset }) => offset)?.key).toBe('b');
  catchUp.gatherBelow(1, 0);
  reached(1, 9);
  expect(released).toEqual([]);
  expect(catchUp.takeLowest(({ offset }) => offset)?.key).toBe('a');
  expect(catchUp.takeLowest(({ offset }) => offset)).toBeUndefined();
});

test('what leaves the scope never takes the place of a version in scope: both go out, in order', () => {
  const events = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), leaves: fc.boolean() }), { maxLength: 40 });
  fc.assert(
    fc.property(events, fc.integer({ min: 0, max: 40 }), (all, probes) => {
      const { catchUp, gather, reached, superseded, released } = open();
      catchUp.gatherBelow(0, all.length);
      const items = all.map(({ key, leaves }, offset) => item(key, offset, 0, leaves ? 'maybe' : 'no'));
      for (const one of items) gather(one);
      const probed = Array.from({ length: probes }, () => catchUp.takeLowest(({ offset }) => offset)).filter(Boolean);
      reached(0, all.length);
      const isOwed = (one: Item) => {
        const later = items.filter(({ key, offset }) => key === one.key && offset > one.offset);
        return later.every(({ scopeExit }) => scopeExit !== 'no' && one.scopeExit === 'no');
      };
      expect([...probed, ...released]).toEqual(items.filter(isOwed));
      expect(new Set(superseded)).toEqual(new Set(items.filter((one) => !isOwed(one))));
    }),
  );
});
