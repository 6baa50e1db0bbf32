import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { STAGE_NAMES, stagesOf } from './stages.ts';

test('the stages of a record are its whole way, whichever moments it has', () => {
  const step = fc.double({ min: 0, max: 60_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(step, { minLength: 8, maxLength: 8 }), step, (steps, waitedMs) => {
      let now = 1_000;
      const [takenAt, firstBegunAt, begunAt, sentAt, writtenAt, headAt, answeredAt, rowAt] = steps.map((ms) => {
        now += ms;
        return now;
      }) as [number, number, number, number, number, number, number, number];
      const moments = { waitedMs, takenAt, firstBegunAt, begunAt, sentAt, writtenAt, headAt, answeredAt };
      const passed = new Float64Array(STAGE_NAMES.length);
      stagesOf(moments, rowAt, passed);
      for (const ms of passed) expect(ms).toBeGreaterThanOrEqual(0);
      const sum = passed.reduce((total, ms) => total + ms);
      expect(sum).toBeCloseTo(waitedMs + rowAt - takenAt, 3);
    }),
  );
});

test('only the first stage is between two clocks, and says so', () => {
  expect(STAGE_NAMES.filter((stage) => stage.includes('AcrossClocks'))).toEqual([STAGE_NAMES[0]]);
});
