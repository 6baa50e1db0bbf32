// What a connector reads of an answer: `ackWhen`, `ack`, and `batch.answer` by item.
import type { Ack, AckWhen, BatchAnswer, Deliver } from '@ess/domain/connector/connector.ts';
import { exactNumber } from '@ess/domain/text/exact-number.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { describe, expect, test } from '@jest/globals';
import type { Reading } from './answer-reader.ts';
import { answerReader } from './answer-reader.ts';

const SENT = ['a', 'b', 'c'].map((id, index) => ({
  item: { deliveryId: id },
  document: { ruleId: `r-${id}`, number: index, long: exactNumber(`900719925474099${2 * index + 3}`) },
}));

function read(
  deliver: Partial<Deliver>,
  status: number,
  body: string | { readonly why: string } = '',
  headers: Record<string, unknown> = {},
): Reading | undefined {
  const reader = answerReader(makeConnector('hospital', 'http://127.0.0.1:1/', { deliver }).deliver, SENT);
  const isRead = reader?.readsBody(status);
  const text = () => {
    if (!isRead) throw new Error('a body that was not kept');
    return body as string;
  };
  return reader?.read(status, headers, typeof body === 'string' ? { text } : body);
}

test('a connector that says nothing has no reader', () => {
  expect(read({}, 200)).toBeUndefined();
  expect(read({ batch: { maxRecords: 2, maxWaitMs: 1 } }, 207)).toBeUndefined();
});

describe('ackWhen: a 409 that says it has something newer', () => {
  const says = (ackWhen: AckWhen, headers: Record<string, unknown>, body = '') =>
    read({ ackWhen }, 409, body, headers)?.newer ?? false;

  test('a header is an ack only with exactly its value', () => {
    const ackWhen = { header: { 'x-conflict': 'newer' } };
    expect(says(ackWhen, { 'x-conflict': 'newer' })).toBe(true);
    expect(says(ackWhen, { 'x-conflict': 'newer-ish' })).toBe(false);
    expect(says(ackWhen, { 'x-conflict': ['newer', 'newer'] })).toBe(false);
    expect(says(ackWhen, {})).toBe(false);
  });

  const ackWhen = { body: { 'error.code': 'ALREADY_NEWER', retry: false } };
  test('a body is an ack when every path has its value', () => {
    expect(says(ackWhen, {}, '{"error":{"code":"ALREADY_NEWER"},"retry":false}')).toBe(true);
    expect(says(ackWhen, {}, '{"error":{"code":"ALREADY_NEWER"},"retry":"false"}')).toBe(false);
    expect(says(ackWhen, {}, '{"error":{"code":"ALREADY_NEWER"}}')).toBe(false);
  });
  test.each(['', 'ALREADY_NEWER', '{"error":', 'null', '[]', '5'])('%j is none', (body) => {
    expect(says(ackWhen, {}, body)).toBe(false);
  });
  test('inherited properties do not count', () => {
    expect(says({ body: { 'constructor.name': 'Object' } }, {}, '{}')).toBe(false);
  });

  test('header and body must both hold', () => {
    const both = { header: { 'x-conflict': 'newer' }, body: { ok: true } };
    expect(says(both, { 'x-conflict': 'newer' }, '{"ok":true}')).toBe(true);
    expect(says(both, { 'x-conflict': 'newer' }, '{"ok":false}')).toBe(false);
    expect(says(both, {}, '{"ok":true}')).toBe(false);
  });

  test('of another status is not looked at', () => {
    expect(read({ ackWhen }, 200)).toEqual({});
  });
});

describe('ack', () => {
  const OK: Ack = { body: { ok: true }, else: 'refuse' };
  const META: Ack = { body: { 'meta.code': 0, error: null }, else: 'refuse' };
  const HEADER: Ack = { header: { 'x-result': 'ok' }, else: 'hold' };
  const STATUS: Ack = { status: [201, 404], else: 'retry' };
  const ALL: Ack = { status: [200], header: { 'x-result': 'ok' }, body: { ok: true }, else: 'refuse' };
  const result = { 'x-result': 'ok' };

  test.each<[string, Ack, number, string | { why: string }, Record<string, unknown>, string]>([
    ['a body that says so', OK, 200, '{"ok":true}', {}, 'ack'],
    ['and more', OK, 202, ' {"ok":true,"id":7} ', {}, 'ack'],
    ['with a nested number and null', META, 200, '{"meta":{"code":0},"error":null}', {}, 'ack'],
    ['null is not absent', META, 200, '{"meta":{"code":0}}', {}, 'record'],
    ['200 with ok:false', OK, 200, '{"ok":false}', {}, 'record'],
    ['200 with ok as a text', OK, 200, '{"ok":"true"}', {}, 'record'],
    ['200 without it', OK, 200, '{}', {}, 'record'],
    ['200 of another kind', OK, 200, '[true]', {}, 'record'],
    ['200 and no body', OK, 200, '', {}, 'record'],
    ['204, which has no body', OK, 204, '', {}, 'record'],
    ['200 with a page', OK, 200, '<html>come back later</html>', {}, 'endpoint'],
    ['200 with half a body', OK, 200, '{"ok":tr', {}, 'endpoint'],
    ['200 with a body that is too long', OK, 200, { why: 'too long' }, {}, 'endpoint'],
    ['a header that says so', HEADER, 200, '', result, 'ack'],
    ['another value', HEADER, 200, '', { 'x-result': 'OK' }, 'hold'],
    ['no header', HEADER, 204, '', {}, 'hold'],
    ['a status that is listed', STATUS, 201, '', {}, 'ack'],
    ['a 4xx that is listed', STATUS, 404, '', {}, 'ack'],
    ['a 2xx that is not', STATUS, 200, '', {}, 'endpoint'],
    ['what the table knows', STATUS, 500, '', {}, 'the table'],
    ['all of them', ALL, 200, '{"ok":true}', result, 'ack'],
    ['all but the body', ALL, 200, '{"ok":0}', result, 'record'],
    ['all but the header', ALL, 200, '{"ok":true}', {}, 'record'],
    ['all but the status', ALL, 202, '{"ok":true}', result, 'record'],
    ['a 5xx with a fine body', OK, 503, '{"ok":true}', {}, 'the table'],
  ])('%s', (_, ack, status, body, headers, expected) => {
    expect(read({ ack }, status, body, headers)?.means?.class ?? 'the table').toBe(expected);
  });

  test.each<[Ack['else'], string]>([
    ['refuse', 'record'],
    ['retry', 'endpoint'],
    ['hold', 'hold'],
  ])('else: %s', (otherwise, expected) => {
    const means = read({ ack: { body: { ok: true }, else: otherwise } }, 200, '{"ok":"planted"}')?.means;
    expect(means).toEqual({
      class: expected,
      code: 'not-acked',
      why: 'the partner answered 200, but ok in it is not what ack.body says',
    });
  });
});

describe('batch.answer', () => {
  const batch = (answer: BatchAnswer) => ({ batch: { maxRecords: 3, maxWaitMs: 1, answer } });
  const byId = batch({ items: 'items', id: 'id', status: 'status' });
  const byField = batch({ items: 'result.entries', id: 'rule', idOf: 'ruleId', status: 'response.status' });
  const byNumber = batch({ items: 'items', id: 'n', idOf: 'number', status: 'status' });
  const byLong = batch({ items: 'items', id: 'n', idOf: 'long', status: 'status' });
  const byPlace = batch({ status: 'status' });
  const items = (...all: object[]) => JSON.stringify({ items: all });

  test.each<[string, Partial<Deliver>, number, string, unknown]>([
    [
      'each record by its webhook-id, in any order',
      byId,
      207,
      items({ id: 'c', status: 503 }, { id: 'a', status: 201 }, { id: 'b', status: 422 }),
      { items: [201, 422, 503] },
    ],
    ['one that is not named', byId, 207, items({ id: 'a', status: 200 }), { items: [200, null, null] }],
    ['an item of nobody', byId, 207, items({ id: 'z', status: 200 }), { items: [null, null, null] }],
    [
      'one that two items contradict',
      byId,
      207,
      items({ id: 'a', status: 200 }, { id: 'a', status: 500 }, { id: 'b', status: 200 }, { id: 'c', status: 200 }),
      { items: [null, 200, 200] },
    ],
    [
      'statuses in words, and none',
      byId,
      207,
      items(
        { id: 'a', status: '201 Created' },
        { id: 'b', status: 'HTTP/1.1 409 Conflict' },
        { id: 'c', status: 'fine' },
      ),
      { items: [201, 409, null] },
    ],
    [
      'numbers that are no status',
      byId,
      207,
      items({ id: 'a', status: 20 }, { id: 'b', status: 2000 }),
      { items: [null, null, null] },
    ],
    [
      'by a field of the body, at paths of its own',
      byField,
      207,
      '{"result":{"entries":[{"rule":"r-b","response":{"status":"404"}},{"rule":"r-a","response":{"status":200}}]}}',
      { items: [200, 404, null] },
    ],
    ['by a number', byNumber, 207, items({ n: 0, status: 200 }, { n: '1', status: 201 }), { items: [200, 201, null] }],
    [
      'by a number that no double holds',
      byLong,
      207,
      '{"items":[{"n":9007199254740993,"status":200},{"n":"9007199254740995","status":201}]}',
      { items: [200, 201, null] },
    ],
    ['by place', byPlace, 207, '[{"status":200},{"status":422},{}]', { items: [200, 422, null] }],
    ['by place, one too few', byPlace, 207, '[{"status":200},{"status":422}]', { items: [null, null, null] }],
    ['a 200 with a list', byPlace, 200, '[{"status":200},{"status":422},{"status":200}]', { items: [200, 422, 200] }],
    ['a 200 without one', byId, 200, '{"ok":true}', {}],
    ['a 204', byId, 204, '', {}],
    ['what the table knows', byId, 400, '', {}],
    [
      'a 207 without a list',
      byId,
      207,
      '{}',
      { means: expect.objectContaining({ class: 'endpoint', code: 'unreadable-answer' }) },
    ],
    ['a 207 without a body', byId, 207, '', { means: expect.objectContaining({ class: 'endpoint' }) }],
    ['a 207 that is no JSON', byId, 207, '<multistatus/>', { means: expect.objectContaining({ class: 'endpoint' }) }],
    ['a 200 that is no JSON', byId, 200, 'accepted', { means: expect.objectContaining({ class: 'endpoint' }) }],
  ])('%s', (_, deliver, status, body, expected) => {
    expect(read(deliver, status, body)).toEqual(expected);
  });

  test('two records of one name are not told apart', () => {
    const twins = [SENT[0]!, { ...SENT[1]!, item: { deliveryId: 'a' } }];
    const { deliver } = makeConnector('hospital', 'http://127.0.0.1:1/', { deliver: byId });
    const body = { text: () => items({ id: 'a', status: 200 }) };
    expect(answerReader(deliver, twins)?.read(207, {}, body)).toEqual({ items: [null, null] });
  });

  test('ack is about the answer as a whole, and a 207 is none', () => {
    const deliver = { ...byId, ack: { status: [200], body: { ok: true }, else: 'hold' } as const };
    expect(read(deliver, 207, items({ id: 'a', status: 200 }))).toEqual({ items: [200, null, null] });
    expect(read(deliver, 200, '{"ok":false,"items":[]}')?.means?.class).toBe('hold');
    expect(read(deliver, 200, '{"ok":true,"items":[{"id":"b","status":422}]}')).toEqual({ items: [null, 422, null] });
  });
});
