import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Places } from './places.ts';

test('after any course of adding and deleting it holds what a Map holds', () => {
  const step = fc.oneof(fc.constant('add' as const), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const places = new Places<string>();
      const expected = new Map<number, string>();
      for (const [index, one] of steps.entries()) {
        if (one === 'add') {
          const place = places.add(`value ${index}`);
          expect(expected.has(place)).toBe(false);
          expected.set(place, `value ${index}`);
        } else if (expected.size > 0) {
          const place = [...expected.keys()][one % expected.size] as number;
          places.delete(place);
          expected.delete(place);
        }
      }
      expect([...places].map(([, value]) => value).sort()).toEqual([...expected.values()].sort());
    }),
  );
});
