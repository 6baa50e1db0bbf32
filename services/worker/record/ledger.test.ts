import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import type { Row } from '@ess/stream/write/packed-rows.ts';
import { itemOf } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { withAppendFor } from '@ess/test/harness/data/worker-shared.ts';
import { describe, expect, test } from '@jest/globals';
import avro from 'avsc';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import type { Encoders } from './ledger.ts';
import { Ledger } from './ledger.ts';

const nothing = () => Buffer.alloc(0);
const WHO = {
  partner: 'p',
  topic: 'rules',
  worker: 'w',
  versionsAreOffsets: () => false,
  connectorDigest: () => 'in force',
  rules: async function* () {},
  log: { error: () => undefined },
};
const ITEM = itemOf({ offset: 7 });
const BY = { connectorDigest: 'connector' };

type Delivery = Parameters<Ledger['delivered']>;
const delivered = (ledger: Ledger, item: Delivery[0], facts: Delivery[1], isOver: boolean) =>
  new Promise<void>((resolve, reject) => ledger.delivered(item, facts, isOver, { resolve, reject }));

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
  const parked = new Ledger(withAppendFor(outbox), encode, WHO).parked(
    ITEM,
    { ...BY, outcome: 'deadLettered', attempt: 0, reason: 'decode' },
    'broken',
  );
  expect(asked.map(({ topic }) => topic)).toEqual([DEAD_LETTER_TOPIC]);
  const written = { topic: DEAD_LETTER_TOPIC, partition: 1, offset: 3 };
  letter.resolve([written]);
  await parked;
  expect(asked.map(({ topic }) => topic)).toEqual([DEAD_LETTER_TOPIC, AUDIT_TOPIC]);
  expect(ITEM.parked).toEqual(written);
});

const typeOf = (topic: string) => avro.Type.forSchema(readSchema(topic) as avro.Schema);
const [AUDIT, STATE, LETTER] = ['ess.audit', 'ess.delivery-state', 'ess.dead-letters'].map(typeOf) as [
  avro.Type,
  avro.Type,
  avro.Type,
];

/** A ledger over a Kafka that takes rows of 16 kB, far below what a topic takes, and letters of this size. */
function ledgerOver(letterMax: number) {
  const rows: Row[] = [];
  const append = async (given: readonly Row[]): Promise<Written[]> => {
    for (const row of given) {
      const size = Buffer.byteLength(row.key) + (row.value?.length ?? 0);
      const max = row.topic === DEAD_LETTER_TOPIC ? letterMax : 16_384;
      if (size > max) throw new EssError('ESS_RECORD', `${row.topic} does not take ${size} bytes`);
      rows.push(row);
    }
    return given.map(({ topic }) => ({ topic, partition: 0, offset: rows.length }));
  };
  const encode: Encoders = {
    audit: (row: object) => AUDIT.toBuffer(row),
    state: (row: object) => STATE.toBuffer(row),
    deadLetter: (row: object) => LETTER.toBuffer(row),
    letterState: nothing,
  };
  const letters = () =>
    rows.flatMap(({ topic, value }) =>
      topic === DEAD_LETTER_TOPIC ? [LETTER.fromBuffer(value as Buffer) as DeadLetter] : [],
    );
  return {
    ledger: new Ledger(
      withAppendFor({ append: async (given) => void (await append(given)), appendAndTell: append }),
      encode,
      WHO,
    ),
    rows,
    letters,
  };
}

test('a row says of which document and which connector it is, and so does the state: by one and the same text', async () => {
  const { ledger, rows } = ledgerOver(1_048_576);
  const facts = { ...BY, bodyDigest: 'body', outcome: 'delivered', attempt: 1 } as const;
  await delivered(ledger, ITEM, facts, false);
  await ledger.states.flush();
  ledger.noted(ITEM, { ...facts, outcome: 'retried' });
  await ledger.parked(ITEM, { ...BY, outcome: 'deadLettered', attempt: 0, reason: 'mapping' }, '');
  await ledger.passed([ITEM], 'skipped', 'out of scope');
  await ledger.lost(0, 3, 5);
  const told = rows.flatMap(({ topic, value }) => {
    const type = topic === 'ess.audit' ? AUDIT : topic === 'ess.delivery-state' ? STATE : undefined;
    const row = type?.fromBuffer(value as Buffer);
    return row ? [[row.outcome ?? row.status, row.bodyDigest ?? row.digest ?? null, row.connectorDigest]] : [];
  });
  expect(told).toEqual([
    ['delivered', 'body', 'connector'],
    ['acked', 'body', 'connector'],
    ['retried', 'body', 'connector'],
    ['deadLettered', null, 'connector'],
    ['skipped', null, 'in force'],
    ['retentionLost', null, null],
  ]);
});

const LARGE = 'ü'.repeat(450_000);
const record = (more: Partial<GroupRecord> = {}, headers = {}) =>
  ({
    partition: 0,
    offset: 7,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    timestampMs: 1,
    bytes: 2,
    headers,
    ...more,
  }) satisfies GroupRecord;
const rule = (more: object): Decoded => ({ ok: true, record: { ...makeRule('r', 1), ...more } });
const BROKEN: Decoded = { ok: false, reason: 'decode', detail: LARGE };

test.each<[string, Partial<Item>, string | null]>([
  ['of the topic that is read', {}, 'now'],
  ['that was a letter of one that is gone', { topicId: 'gone', redriven: true }, 'gone'],
  ['that was a letter of nobody knows which', { topicId: null, redriven: true }, null],
  ['of another topic, which a replay sends', { topic: 'rules.latest' }, null],
])('the letter and the state of a record %s name its topic by its id', async (_, more, topicId) => {
  const { ledger, rows, letters } = ledgerOver(1_048_576);
  ledger.topicId = 'now';
  const item = itemOf(more);
  await ledger.parked(item, { ...BY, outcome: 'deadLettered', attempt: 1, reason: 'status-422' }, '');
  ledger.acked(item, { ...BY, bodyDigest: '', isOver: false });
  await ledger.states.flush();
  const state = STATE.fromBuffer(rows.find(({ topic }) => topic === 'ess.delivery-state')?.value as Buffer);
  expect([letters()[0]?.topicId, state.topicId]).toEqual([topicId, topicId]);
});

describe('whatever a publisher made long, Kafka takes every row of it: nothing stays unsettled', () => {
  test.each<[string, GroupRecord, Decoded]>([
    ['a key', record({ key: Buffer.from(LARGE) }), rule({})],
    ['a key of a tombstone', record({ key: Buffer.from(LARGE), value: null }), BROKEN],
    ['a key that is no text', record({ key: Buffer.alloc(1_024, 0xff) }), BROKEN],
    ['a rule id', record(), rule({ ruleId: LARGE })],
    ['an event id', record(), rule({ eventId: LARGE })],
    ['headers', record({}, { h: Buffer.from(LARGE), [LARGE]: Buffer.from('v') }), BROKEN],
    ['a value', record({ value: Buffer.alloc(12_000_000) }), BROKEN],
    [
      'everything',
      record({ key: Buffer.from(LARGE), value: Buffer.from(LARGE) }, { [LARGE]: LARGE }),
      rule({ ruleId: LARGE }),
    ],
  ])('%s', async (_, given, decoded) => {
    const fields = { topic: 'rules', key: 'ruleId', version: 'version' };
    for (const letterMax of [2_097_152, 1_048_576, 16_384]) {
      const { ledger, rows, letters } = ledgerOver(letterMax);
      const item = makeItem(given, decoded, fields, 'id', 0);
      await ledger.passed([item], 'skipped', LARGE);
      await delivered(
        ledger,
        item,
        { ...BY, outcome: 'delivered', attempt: 1, reason: LARGE, bodyDigest: 'digest' },
        false,
      );
      await ledger.states.flush();
      await ledger.parked(item, { ...BY, outcome: 'deadLettered', attempt: 1, reason: LARGE }, LARGE);
      expect(rows).toHaveLength(5);
      const [letter] = letters();
      const gone = leftOutOf(letter as DeadLetter).map(({ part }) => part);
      // Whole, or not at all.
      const is = (part: 'key' | 'value') => {
        const expected = gone.includes(part) ? null : given[part];
        const kept = letter?.[part] ?? null;
        return expected === null ? kept === null : kept?.equals(expected);
      };
      expect([is('key'), is('value')]).toEqual([true, true]);
    }
  });
});

test('the row of an ack says where its time went, until the end of the answer; one of a replay does not', async () => {
  const rows: Row[] = [];
  const append = async (given: readonly Row[]) => void rows.push(...given);
  const encode = {
    audit: (row: object) => AUDIT.toBuffer(row),
    state: nothing,
    deadLetter: nothing,
    letterState: nothing,
  };
  const ledger = new Ledger(withAppendFor({ append, appendAndTell: async () => [] }), encode, WHO);
  const moments = { waitedMs: 5, takenAt: 100, firstBegunAt: 101, begunAt: 103, sentAt: 106 };
  const item = { ...ITEM, ...moments, writtenAt: 110, headAt: 115, answeredAt: 121.5 };
  const facts = { ...BY, outcome: 'delivered', attempt: 1, bodyDigest: 'b' } as const;
  await delivered(ledger, item, facts, false);
  await delivered(ledger, { ...item, replayId: 'again' }, facts, false);
  ledger.noted(item, { ...BY, outcome: 'retried', attempt: 1, reason: '503' });
  const told = rows
    .filter(({ topic }) => topic === AUDIT_TOPIC)
    .map(({ value }) => (AUDIT.fromBuffer(value as Buffer) as { stagesMs: number[] | null }).stagesMs);
  expect(told).toEqual([[5, 1, 2, 3, 4, 5, 6.5], null, null]);
});
