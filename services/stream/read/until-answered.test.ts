import { expect, test } from '@jest/globals';
import { untilAnswered } from './until-answered.ts';

test('a right that is missing is told at once, and not as silence', async () => {
  const message = 'Kafka refuses User:ess-observer the right Read on topic rules: grant it with "ess access apply"';
  let asked = 0;
  const refused = untilAnswered(
    async () => {
      asked += 1;
      throw Object.assign(new Error(message), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    },
    { topic: 'rules' },
  );
  await expect(refused).rejects.toMatchObject({ code: 'ESS_BROKER', message: `rules cannot be read: ${message}` });
  expect(asked).toBe(1);
});
