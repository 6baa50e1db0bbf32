import { expect, test } from '@jest/globals';
import type { Received } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import type { WrittenRow } from './delivery-checker.ts';
import { judge, judgeByRule, timesToAck } from './delivery-checker.ts';

const receipt = (ruleId: string, version: number, atMs: number, status = 200) =>
  ({ id: `${ruleId}-${version}`, body: { ruleId, version }, atMs, status }) as unknown as Received;
const row = (ruleId: string, version: number, writtenAtMs: number, outcome = 'delivered') =>
  ({ deliveryId: `${ruleId}-${version}`, writtenAtMs, outcome }) as WrittenRow;
const RULES = [makeRule('a', 1), makeRule('a', 2)];

test('a run without fault has no findings; a refused attempt is no duplicate', () => {
  const received = [receipt('a', 1, 10, 503), receipt('a', 1, 20), receipt('a', 2, 30)];
  expect(judge(RULES, received, [row('a', 1, 21), row('a', 2, 31)])).toMatchObject({
    lost: [],
    outOfOrder: [],
    unaudited: [],
    duplicates: { audited: [], inFlight: [] },
  });
});

test('a rule that was never acked is lost, also when it was received', () => {
  expect(judge(RULES, [receipt('a', 1, 10), receipt('a', 2, 20, 503)], []).lost).toEqual(['a v2']);
});

test('a version that is first received after a newer one is out of order; one that is received again is not', () => {
  expect(judge(RULES, [receipt('a', 2, 10), receipt('a', 1, 20)], []).outOfOrder).toEqual(['a v1']);
  expect(judge(RULES, [receipt('a', 1, 10), receipt('a', 2, 20), receipt('a', 1, 30)], []).outOfOrder).toEqual([]);
});

test('an ack that was sent again is told apart by whether Kafka had a row for it', () => {
  const received = [receipt('a', 1, 10), receipt('a', 1, 50)];
  expect(judge(RULES, received, [row('a', 1, 11), row('a', 1, 51)]).duplicates).toEqual({
    audited: ['a v1'],
    inFlight: [],
  });
  expect(judge(RULES, received, [row('a', 1, 51)]).duplicates).toEqual({ audited: [], inFlight: ['a v1'] });
});

test('what had timed out and lay in the connection was not sent again; what has a row afterwards was', () => {
  const late = { ...receipt('a', 1, 50), headers: { 'ess-attempt': '1' } };
  const received = [receipt('a', 1, 10), late];
  const timedOut = { ...row('a', 1, 5, 'retried'), attempt: 1, reason: 'ETIMEDOUT' };
  const delivered = { ...row('a', 1, 11), attempt: 2 };
  const judged = (...rows: WrittenRow[]) => judge(RULES, received, rows).duplicates.audited;
  expect(judged(timedOut, delivered)).toEqual([]);
  expect(judged(timedOut, delivered, { ...row('a', 1, 51), attempt: 1 })).toEqual(['a v1']);
  expect(judged({ ...timedOut, reason: 'ECONNRESET' }, delivered)).toEqual(['a v1']);
});

test('an ack without a row that says delivered is found', () => {
  expect(judge(RULES, [receipt('a', 1, 10)], [row('a', 1, 11, 'retried')]).unaudited).toEqual(['a v1']);
});

test('by rule a delivery that comes again under another id is a duplicate, and a row of either id is its row', () => {
  const received = [receipt('a', 1, 10), { ...receipt('a', 1, 30), id: 'another' }, receipt('a', 2, 40)];
  const rows = [row('a', 1, 20), row('a', 2, 50)].map((one, at) => ({ ...one, ruleId: 'a', version: at + 1 }));
  expect(judge(RULES, received, rows).duplicates).toEqual({ audited: [], inFlight: [] });
  expect(judgeByRule(RULES, received, rows)).toMatchObject({
    lost: [],
    unaudited: [],
    duplicates: { audited: ['a v1'], inFlight: [] },
  });
});

test('times are from publish to the first ack, of what was published within the time; what was never acked took for ever', () => {
  const rules = [100, 200, 300, 400].map((publishedAt, at) => ({ ...makeRule('a', at + 1), publishedAt }));
  const received = [receipt('a', 1, 105), receipt('a', 2, 201, 503), receipt('a', 2, 230), receipt('a', 2, 290)];
  expect(timesToAck(rules, received, { fromMs: 100, toMs: 300 })).toEqual({ rules: 2, p50: 5, p99: 30, max: 30 });
  expect(timesToAck(rules, received, { fromMs: 300, toMs: 400 })).toMatchObject({ rules: 1, max: Infinity });
});
