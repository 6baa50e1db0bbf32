// What a changed connector, a pause or a hold does to records that are on their way, with all pieces of an assignment.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { decodeBatches } from '@ess/stream/wire/record-batches.ts';
import { makeBatch } from '@ess/test/fakes/kafka/record-batch.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { makePartner, makeRecord } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { Returned } from './judge/dispatch.ts';
import type { Partner } from './partner.ts';
import type { Outgoing } from './send/sender.ts';

const OK: Answer = { kind: 'answered', status: 200 };
const GONE: Answer = { kind: 'answered', status: 404 };
const BATCHES: Partial<Deliver> = { batch: { maxRecords: 50, maxWaitMs: 1_000 } };

const ruleOf = (offset: number) =>
  makeRecord({
    offset,
    key: Buffer.from(`r${offset}`),
    value: Buffer.from(JSON.stringify(makeRule(`r${offset}`, 1))),
  });
const rules = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => ruleOf(from + index));
const changed = (deliver: Partial<Deliver>) => makeConnector('hospital', 'http://127.0.0.1:2/', { deliver });

/** A partition that begins at 0. @param answer what is said to a request */
async function open(deliver: Partial<Deliver>, answer: () => Answer = () => OK) {
  const sent: Outgoing[] = [];
  const parcels: Returned[] = [];
  const told: Array<{ ruleId: string; outcome: string }> = [];
  const { partner, hooks } = makePartner({
    connector: { deliver },
    group: { highWatermark: () => 6 },
    shared: {
      outbox: {
        append: async (all) => void told.push(...all.map(({ value }) => JSON.parse(String(value)))),
        appendAndTell: async (all) => all.map(({ topic }, offset) => ({ topic, partition: 0, offset })),
      },
    },
    sender: {
      send: (outgoing, _timeoutMs, records, done) => {
        sent.push(outgoing);
        parcels.push(...(records as Returned[]));
        const said = answer();
        queueMicrotask(() => done(said));
        return { cut: () => {}, writtenAt: 0, headAt: 0 };
      },
    },
  });
  opened.push(partner);
  const assignment = hooks.openAssignment();
  await assignment.assigned([{ partition: 0, position: 0, metadata: null }]);
  const bodies = () =>
    sent.map(({ body }) => JSON.parse(String(body)) as { ruleId: string } | Array<{ ruleId: string }>);
  const delivered = () => told.filter(({ outcome }) => outcome === 'delivered').map(({ ruleId }) => ruleId);
  return { partner, assignment, sent, parcels, bodies, delivered };
}

const opened: Partner[] = [];
afterEach(async () => {
  for (const partner of opened.splice(0)) {
    await partner.assignment?.revoke();
    await partner.stop();
  }
  jest.useRealTimers();
});

test('what waits for a batch goes by the connector that is in force then: every record, each in a request of its own', async () => {
  const { partner, assignment, bodies, delivered } = await open(BATCHES);
  await assignment.take(0, rules(0, 6), 6);
  expect(bodies()).toEqual([]);
  await partner.reload(changed({}));
  await eventually('all are delivered', () => delivered().length === 6 || undefined);
  expect(bodies().map((body) => (body as { ruleId: string }).ruleId)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']);
});

test('a batch is gathered and sent after a change, too', async () => {
  const { partner, assignment, bodies, delivered } = await open(BATCHES);
  await assignment.take(0, rules(0, 3), 3);
  await partner.reload(changed({ batch: { maxRecords: 50, maxWaitMs: 20 } }));
  await eventually('all are delivered', () => delivered().length === 3 || undefined);
  expect(bodies()).toEqual([
    ['r0', 'r1', 'r2'].map((ruleId) => expect.objectContaining({ data: expect.objectContaining({ ruleId }) })),
  ]);
});

test("an old provider's token never goes where the new connector says", async () => {
  const { partner, assignment, sent } = await open({});
  const token = Promise.withResolvers<string>();
  Object.assign(partner, { token: { current: undefined, get: () => token.promise, refused: () => {} } });
  await assignment.take(0, rules(0, 1), 1);
  await partner.reload(changed({}));
  token.resolve('of the old provider');
  await eventually('it is sent', () => sent.length > 0 || undefined);
  expect(sent.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
});

test.each(['paused', 'held'])('a batch that has gathered does not go to a partner that is %s', async (what) => {
  const { partner, assignment, sent } = await open(BATCHES);
  jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask'] });
  await assignment.take(0, rules(0, 6), 6);
  if (what === 'held') partner.hold('status-503');
  else {
    partner.paused = true;
    partner.assignment?.holdChanged();
  }
  await jest.advanceTimersByTimeAsync(BATCHES.batch?.maxWaitMs ?? 0);
  // Held, it is probed with one record.
  expect(sent.map(({ body }) => JSON.parse(String(body)).length)).toEqual(what === 'held' ? [1] : []);
});

test('what was gathered for its newest version goes out when every version is asked for', async () => {
  let answer = GONE;
  const breaker = { failureRatio: 0.5, windowMs: 10_000, minAttempts: 20, probeFirstMs: 20, probeMaxMs: 20 };
  const { partner, assignment, delivered } = await open({ catchUp: 'latest', breaker }, () => answer);
  await assignment.take(0, rules(0, 6), 6);
  await eventually('it is held', () => partner.breaker.isOpen || undefined);
  await partner.reload(changed({ catchUp: 'every', breaker }));
  answer = OK;
  await eventually('it is back', () => !partner.breaker.isOpen || undefined);
  await assignment.take(0, rules(6, 8), 8);
  await eventually('all are delivered', () => delivered().length === 8 || undefined);
  expect(delivered().sort()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7']);
});

test('a changed breaker is in force at once', async () => {
  const { partner } = await open({});
  const { breaker } = changed({}).deliver;
  await partner.reload(changed({ breaker: { ...breaker, minAttempts: 1, failureRatio: 0.1 } }));
  expect(partner.failed('status-500')).toBe(true);
});

test.each([
  ['few of a fetch wait: they keep no more than themselves', 1, true],
  ['most of a fetch waits: it is kept as it came', 100, false],
])('%s', async (_, inScope, isApart) => {
  const records = Array.from({ length: 100 }, (_none, offset) => ({
    key: `r${offset}`,
    value: JSON.stringify({ ...makeRule(`r${offset}`, 1), ...(offset >= inScope && { scope: 'School' }) }),
    offsetDelta: offset,
    headers: [['h', `of ${offset}`]] as const,
  }));
  const bytes = makeBatch({ records });
  const fetched = decodeBatches(bytes, { partition: 0, from: 0, aborted: [], unpacked: new Map() });
  const { assignment, parcels, delivered } = await open({});
  await assignment.take(0, fetched.records.slice(0, 100), 100);
  await eventually('they are delivered', () => delivered().length > 0 || undefined);
  const [{ item }] = parcels as [Returned];
  expect([item.offset, String(item.record.key), String(item.record.headers['h'])]).toEqual([0, 'r0', 'of 0']);
  expect((item.record.batch?.length ?? 0) < bytes.length / 10).toBe(isApart);
});
