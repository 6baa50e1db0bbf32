import type { Written } from '@ess/stream/outbox.ts';
import type { Row } from '@ess/stream/threaded-outbox.ts';
import { expect, test } from '@jest/globals';
import type { Item } from './item.ts';
import { AUDIT_TOPIC, DEAD_LETTER_TOPIC, Ledger } from './ledger.ts';

const nothing = () => Buffer.alloc(0);
const ITEM = {
  ...{ topic: 'rules', partition: 0, offset: 7, key: 'r', ruleId: 'r', version: 1, eventId: 'e', deliveryId: 'd' },
  ...{ attempts: 0, publishedAtMs: 1, replayId: null },
  record: { partition: 0, offset: 7, key: null, value: null, timestampMs: 1, message: { headers: {} } },
} as unknown as Item;

test('the row that says dead-lettered is not written before the letter is acknowledged', async () => {
  const asked: Row[] = [];
  const letter = Promise.withResolvers<Written[]>();
  const outbox = {
    append: async (rows: readonly Row[]) => void asked.push(...rows),
    appendAndTell: (rows: readonly Row[]) => {
      asked.push(...rows);
      return letter.promise;
    },
  };
  const encode = { audit: nothing, state: nothing, deadLetter: nothing, letterState: nothing };
  const who = {
    partner: 'p',
    topic: 'rules',
    worker: 'w',
    rules: async function* () {},
    log: { error: () => undefined },
  };
  const parked = new Ledger(outbox, encode, who).parked(
    ITEM,
    { outcome: 'deadLettered', attempt: 0, reason: 'decode' },
    'broken',
  );
  expect(asked.map(({ topic }) => topic)).toEqual([DEAD_LETTER_TOPIC]);
  const written = { topic: DEAD_LETTER_TOPIC, partition: 1, offset: 3 };
  letter.resolve([written]);
  await parked;
  expect(asked.map(({ topic }) => topic)).toEqual([DEAD_LETTER_TOPIC, AUDIT_TOPIC]);
  expect(ITEM.parked).toEqual(written);
});
