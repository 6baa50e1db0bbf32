import type { DeliveryState } from '@ess/schemas/generated/types.ts';
import type { Row } from '@ess/stream/write/packed-rows.ts';
import { expect, test } from '@jest/globals';
import { DeliveryStates } from './delivery-states.ts';

function open() {
  const sent: Array<{ rows: string[]; answer: PromiseWithResolvers<void> }> = [];
  const outbox = {
    append: (records: readonly Row[]) => {
      const answer = Promise.withResolvers<void>();
      sent.push({ rows: records.map(({ key, value }) => `${key}@${value}`), answer });
      return answer.promise;
    },
  };
  const states = new DeliveryStates(outbox, ({ version }) => Buffer.from(String(version)));
  const note = (rule: string, version: number) => states.note(rule, { version } as DeliveryState);
  return { states, note, sent };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(() => resolve(pending)))])) === pending;
}

test('versions that follow each other closely are one row, the newest', async () => {
  const { states, note, sent } = open();
  note('a', 1);
  note('b', 1);
  note('a', 2);
  void states.flush();
  expect(sent[0]?.rows).toEqual(['a@2', 'b@1']);
});

test('a flush ends only when all that was noted before it is acknowledged, also by an earlier flush', async () => {
  const { states, note, sent } = open();
  note('a', 1);
  const first = states.flush();
  note('b', 1);
  const second = states.flush();
  sent[1]?.answer.resolve();
  expect(await isPending(second)).toBe(true);
  sent[0]?.answer.resolve();
  await Promise.all([first, second]);
});

test('what could not be written stays pending, unless a newer version is', async () => {
  const { states, note, sent } = open();
  note('a', 1);
  note('b', 1);
  const failed = states.flush();
  note('a', 2);
  sent[0]?.answer.reject(new Error('the outbox is closed'));
  await expect(failed).rejects.toThrow('closed');
  void states.flush();
  expect(sent[1]?.rows.sort()).toEqual(['a@2', 'b@1']);
});
