import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Flights } from './flights.ts';

test('after any course of adding and deleting it holds what a Map holds', () => {
  const step = fc.oneof(fc.constant('add' as const), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const flights = new Flights<string>();
      const expected = new Map<number, string>();
      for (const [index, one] of steps.entries()) {
        if (one === 'add') {
          const place = flights.add(`flight ${index}`);
          expect(expected.has(place)).toBe(false);
          expected.set(place, `flight ${index}`);
        } else if (expected.size > 0) {
          const place = [...expected.keys()][one % expected.size] as number;
          flights.delete(place);
          expected.delete(place);
        }
        expect(flights.size).toBe(expected.size);
      }
      expect([...flights].sort()).toEqual([...expected.values()].sort());
    }),
  );
});
