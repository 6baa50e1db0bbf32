import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { check } from './checker.ts';
import type { Commit, Evidence, Parked, Receipt, Row, SourceRecord } from './evidence.ts';
import { shortestHistory } from './history.ts';

const rule = (offset: number, version: number): SourceRecord => ({
  partition: 0,
  offset,
  timestampMs: 7,
  key: 'r',
  rule: { version, scope: 'Hospital', withdrawn: false },
});
const got = (offset: number, order: number, status = 200, answeredOrder = order + 1): Receipt => ({
  id: createHash('sha256').update(`cluster\np\nrules\n0\n${offset}\n7`).digest().subarray(0, 16).toString('base64url'),
  ...{
    order,
    atMs: order * 10,
    version: offset + 1,
    attempt: 1,
    status,
    answeredOrder,
    answeredAtMs: answeredOrder * 10,
  },
});
const row = (offset: number, writtenAtMs: number, more: Partial<Row> = {}): Row => ({
  partner: 'p',
  topic: 'rules',
  partition: 0,
  offset,
  outcome: 'delivered',
  attempt: 1,
  worker: 'w',
  eventId: null,
  ruleId: 'r',
  version: 1,
  deliveryId: '',
  reason: null,
  status: 200,
  durationMs: 1,
  publishedAt: 0,
  attemptedAt: writtenAtMs - 1,
  traceId: null,
  replayId: null,
  lastOffset: null,
  bodyDigest: null,
  connectorDigest: null,
  stagesMs: null,
  writtenAtMs,
  ...more,
});
const commit = (offset: number, atMs: number, more: Partial<Commit> = {}): Commit => ({
  partition: 0,
  offset,
  atMs,
  settled: [],
  epochStartedAtMs: 1,
  ...more,
});

interface Scene {
  readonly records?: readonly SourceRecord[];
  readonly receipts: readonly Receipt[];
  readonly rows: readonly Row[];
  readonly commits: readonly Commit[];
  readonly parked?: readonly Parked[];
}

const evidenceOf = ({ records = [rule(0, 1), rule(1, 2)], parked = [], ...seen }: Scene): Evidence => ({
  clusterId: 'cluster',
  topic: 'rules',
  records,
  ends: new Map([[0, records.length]]),
  workersEnded: [],
  partners: [{ name: 'p', inScope: (scope) => scope === 'Hospital', parked, ...seen }],
});
const verdict = (scene: Scene) =>
  check(evidenceOf(scene)).violations.map(({ guarantee, what }) => `${guarantee}: ${what}`);

const GOOD: Scene = {
  receipts: [got(0, 1), got(1, 3)],
  rows: [row(0, 25), row(1, 45)],
  commits: [commit(1, 26), commit(2, 46)],
};

test('what went well is not complained about, and adds up', () => {
  expect(verdict(GOOD)).toEqual([]);
  expect(check(evidenceOf(GOOD)).ledgers).toMatchObject([
    { published: 2, inScope: 2, delivered: 2, held: 0, duplicates: {} },
  ]);
});

test('1: a record that nobody got is lost, also when its row and its commit say otherwise', () => {
  expect(verdict({ ...GOOD, receipts: [got(1, 3)] })).toContainEqual(expect.stringMatching(/^1: r v1 .* is lost/));
});

test('1: a position short of the end is a record held', () => {
  expect(verdict({ ...GOOD, commits: [commit(1, 26)] })).toEqual([
    expect.stringMatching(/^1: held: partition 0 stands at 1 of 2/),
  ]);
});

test('1: what is out of scope, or no record at all, must not be sent', () => {
  const records = [rule(0, 1), { ...rule(1, 2), rule: { version: 2, scope: 'Ems', withdrawn: false } }];
  expect(verdict({ ...GOOD, records })).toEqual(['1: sent, but not in scope']);
  const strange = { ...got(0, 9), id: 'made-up' };
  expect(verdict({ ...GOOD, receipts: [...GOOD.receipts, strange] })).toContainEqual(
    expect.stringMatching(/is no record's/),
  );
});

test('2: the next version before the one before is answered is overtaking', () => {
  const receipts = [got(0, 1, 200, 4), got(1, 3, 200, 5)];
  expect(verdict({ ...GOOD, receipts })).toEqual([expect.stringMatching(/^2: r v2 .* was sent before r v1/)]);
});

test('2: so is an older version that comes again after a newer one', () => {
  const receipts = [got(0, 1), got(1, 3), got(0, 7)];
  const rows = [...GOOD.rows, row(0, 81)];
  expect(verdict({ ...GOOD, receipts, rows })).toContainEqual(
    expect.stringMatching(/^2: r v1 .* was sent again after r v2/),
  );
});

test('2: an older version that had timed out and lay in the connection was sent before; one with a row afterwards was not', () => {
  const receipts = [{ ...got(0, 1), attempt: 2 }, got(1, 3), got(0, 7)];
  const timedOut = row(0, 12, { outcome: 'retried', reason: 'ETIMEDOUT' });
  const rows = [timedOut, row(0, 25, { attempt: 2 }), row(1, 45)];
  expect(verdict({ ...GOOD, receipts, rows })).toEqual([]);
  expect(verdict({ ...GOOD, receipts, rows: [...rows, row(0, 81)] })).toContainEqual(
    expect.stringMatching(/^2: r v1 .* was sent again after r v2/),
  );
});

test('4: a repeat is excused while no row said that it was delivered, or while the next owner was reading the rows', () => {
  const one = { records: [rule(0, 1)], receipts: [got(0, 1), got(0, 7)], commits: [commit(1, 90)] };
  expect(verdict({ ...one, rows: [row(0, 82), row(0, 83)] })).toEqual([]);
  expect(verdict({ ...one, rows: [row(0, 25), row(0, 83)] })).toEqual([
    expect.stringMatching(/^4: .* although its delivery was on record/),
  ]);
  const tookOver = [commit(0, 24, { epochStartedAtMs: 22 }), commit(1, 90)];
  expect(verdict({ ...one, rows: [row(0, 25), row(0, 83)], commits: tookOver })).toEqual([]);
});

test('4: what had timed out before and lay in the connection was not sent again; what has a row afterwards was', () => {
  const late = { records: [rule(0, 1)], receipts: [{ ...got(0, 1), attempt: 2 }, got(0, 7)], commits: [commit(1, 90)] };
  const timedOut = row(0, 22, { outcome: 'retried', reason: 'ETIMEDOUT' });
  const delivered = row(0, 25, { attempt: 2 });
  expect(verdict({ ...late, rows: [timedOut, delivered] })).toEqual([]);
  const sentAnew = [expect.stringMatching(/^4: .* although its delivery was on record/)];
  expect(verdict({ ...late, rows: [timedOut, delivered, row(0, 83)] })).toEqual(sentAnew);
  expect(verdict({ ...late, rows: [row(0, 22, { outcome: 'retried', reason: 'ECONNRESET' }), delivered] })).toEqual(
    sentAnew,
  );
});

test('5: a commit before its audit row, by position or by metadata, and an ack or an attempt without one', () => {
  expect(verdict({ ...GOOD, commits: [commit(1, 20), commit(2, 46)] })).toEqual([
    expect.stringMatching(/^5: offset 1 .* 5 ms before its audit row/),
  ]);
  expect(verdict({ ...GOOD, commits: [commit(0, 40, { settled: [[1, 1]] }), commit(2, 46)] })).toHaveLength(1);
  const unwritten = verdict({ ...GOOD, rows: [row(0, 25)] });
  expect(unwritten).toContainEqual(expect.stringMatching(/^5: r v2 .* was delivered and no audit row says so/));
  expect(unwritten).toContainEqual(expect.stringMatching(/^5: 1 of 1 attempts of r v2/));
});

test('5: an attempt needs no row of a worker that is killed before it wrote one, also when the partner reads it late', () => {
  const unwritten = { ...GOOD, rows: [row(0, 25), row(1, 45, { outcome: 'superseded', attempt: 0 })] };
  const verdictOfEnd = (atMs: number) =>
    check({ ...evidenceOf(unwritten), workersEnded: [{ atMs, how: 'SIGKILL' }] }).violations.map(({ what }) => what);
  expect(verdictOfEnd(40)).toEqual([]);
  expect(verdictOfEnd(-500)).toEqual([]);
  expect(verdictOfEnd(-5_000)).toEqual([expect.stringMatching(/^1 of 1 attempts of r v2/)]);
});

test('6: a record is parked for its own refusal, and for the endpoint only if others got through', () => {
  const refusedAlone = { records: [rule(0, 1)], receipts: [got(0, 1, 500)], commits: [commit(1, 30)] };
  const rows = [row(0, 25, { outcome: 'deadLettered', status: 500 })];
  const parked = (reason: string): Parked[] => [{ partition: 0, offset: 0, reason, writtenAtMs: 25 }];
  expect(verdict({ ...refusedAlone, rows, parked: parked('exhausted') })).toEqual([
    expect.stringMatching(/^6: .* parked as exhausted/),
  ]);
  expect(verdict({ ...refusedAlone, rows, parked: parked('status-422') })).toHaveLength(1);
  expect(verdict({ ...refusedAlone, receipts: [got(0, 1, 422)], rows, parked: parked('status-422') })).toEqual([]);
});

test('6: what never reached the partner is parked if others got through since it was first tried', () => {
  const timedOut = row(0, 22, { outcome: 'retried', reason: 'ETIMEDOUT' });
  const spent = row(0, 40, { outcome: 'deadLettered', reason: 'exhausted', attempt: 2 });
  const parked: Parked[] = [{ partition: 0, offset: 0, reason: 'exhausted', writtenAtMs: 40 }];
  const records = [rule(0, 1), { ...rule(1, 1), key: 'other' }];
  const scene = (order: number): Scene => ({
    records,
    receipts: [got(1, order)],
    rows: [timedOut, row(1, order * 10 + 8), spent],
    parked,
    commits: [commit(2, 50)],
  });
  const unjust = (order: number) => verdict(scene(order)).filter((what) => what.startsWith('6'));
  expect([unjust(3), unjust(1)]).toEqual([[], [expect.stringMatching(/^6: .* parked as exhausted/)]]);
});

test('6: eleven refusals in a row by one worker are a flood', () => {
  const refused = (count: number): Scene => ({
    records: Array.from({ length: count }, (_, offset) => ({ ...rule(offset, 1), key: `r${offset}` })),
    receipts: Array.from({ length: count }, (_, offset) => got(offset, 1 + 2 * offset, 422)),
    rows: Array.from({ length: count }, (_, offset) =>
      row(offset, 30 + 20 * offset, { outcome: 'deadLettered', status: 422 }),
    ),
    parked: Array.from({ length: count }, (_, offset) => ({
      partition: 0,
      offset,
      reason: 'status-422',
      writtenAtMs: 30,
    })),
    commits: [commit(count, 10_000)],
  });
  expect(verdict(refused(10))).toEqual([]);
  expect(verdict(refused(11))).toEqual([expect.stringMatching(/^6: w parked 11 refused records in a row/)]);
});

test('6: a refusal counts when it was answered, and not when its row was written behind a letter that waited', () => {
  const refused = Array.from({ length: 12 }, (_, offset) => offset).filter((offset) => offset !== 1);
  const scene = (lateMs: number): Scene => ({
    records: Array.from({ length: 12 }, (_, offset) => ({ ...rule(offset, 1), key: `r${offset}` })),
    receipts: Array.from({ length: 12 }, (_, offset) => got(offset, 1 + 2 * offset, offset === 1 ? 200 : 422)),
    rows: [
      row(1, 50),
      ...refused.map((offset) => {
        const { id } = got(offset, 1);
        const writtenAtMs = offset === 0 ? lateMs : 30 + 20 * offset;
        return row(offset, writtenAtMs, { outcome: 'deadLettered', status: 422, deliveryId: id });
      }),
    ],
    parked: refused.map((offset) => ({ partition: 0, offset, reason: 'status-422', writtenAtMs: 30 })),
    commits: [commit(12, 10_000)],
  });
  expect(verdict(scene(30))).toEqual([]);
  expect(verdict(scene(9_000))).toEqual([]);
});

test('the shortest history names the record, what the partner got and what was written', () => {
  const evidence = evidenceOf({ ...GOOD, commits: [commit(1, 20), commit(2, 46)] });
  const history = shortestHistory(evidence, check(evidence).violations);
  expect(history).toMatch(/^guarantee 5, p: offset 1/);
  expect(history).toMatch(/partner got {3}r v1 0\/0 attempt 1, answered 200/);
  expect(history).toMatch(/audit row {5}r v1 0\/0 delivered/);
});
