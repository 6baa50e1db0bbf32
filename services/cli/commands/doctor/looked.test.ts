// A check ends, whatever it looks at does.
import { expect, test } from '@jest/globals';
import { well } from './finding.ts';
import { looked } from './looked.ts';

test('an answer that does not come is a finding', async () => {
  const never = () => new Promise<never>(() => undefined);
  expect(await looked('topics', never, 1)).toMatchObject([
    { check: 'topics', status: 'fail', told: 'no answer in 0.001 s' },
  ]);
});

test('what goes wrong in looking is a finding, and an answer stays as it is', async () => {
  const fails = () => Promise.reject(new Error('broken'));
  expect(await looked('clock', fails, 60_000)).toMatchObject([{ check: 'clock', status: 'fail', told: 'broken' }]);
  expect(await looked('disk', () => [well('disk', 'large')], 60_000)).toEqual([well('disk', 'large')]);
});
