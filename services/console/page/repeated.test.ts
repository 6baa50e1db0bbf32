import { expect, test } from '@jest/globals';
import { repeated } from './repeated.ts';

test('an answer is waited for, however often it is wished for meanwhile, and then it is asked once more', async () => {
  const asked: Array<ReturnType<typeof Promise.withResolvers<void>>> = [];
  const again = repeated(() => {
    const one = Promise.withResolvers<void>();
    asked.push(one);
    return one.promise;
  });
  for (let wish = 0; wish < 3; wish += 1) again();
  expect(asked).toHaveLength(1);
  asked[0]?.resolve();
  await new Promise(setImmediate);
  expect(asked).toHaveLength(2);
  asked[1]?.resolve();
  await new Promise(setImmediate);
  expect(asked).toHaveLength(2);
  again();
  expect(asked).toHaveLength(3);
});
