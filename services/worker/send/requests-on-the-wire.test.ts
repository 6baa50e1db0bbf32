// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// What a connector says of its requests, as bytes: each row is a connector and a record, and what arrives at a socket, to the
// last byte.
import type { Asked } from '@ess/test/harness/data/wire.ts';
import { closeWire, connectorOf, FACTS, openWire, port, RECORD, sent } from '@ess/test/harness/data/wire.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

beforeAll(openWire);
afterAll(closeWire);

const COMMON = [
  ...['user-agent: ess/0.1', 'webhook-id: w-1', 'webhook-timestamp: 1795000000', `traceparent: ${FACTS.traceparent}`],
];
const OURS = ['ess-rule-version: 7', 'ess-attempt: 2', 'ess-event-id: e-1'];

/** @param headers between those of every request and those that name the record @param type empty: no body, and no length */
function bytes(line: string, headers: readonly string[], body: string, type: string): string {
  const length = type === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const head = [`${line} HTTP/1.1`, `host: 127.0.0.1:${port}`, 'connection: keep-alive'];
  const kind = type === '' ? [] : [`content-type: ${type}`];
  return `${[...head, ...kind, ...COMMON, ...headers, ...length].join('\r\n')}\r\n\r\n${body}`;
}

/** Request line, headers behind the common ones, body, and its media type: empty when there is no body. */
type Wanted = readonly [line: string, headers: readonly string[], body: string, type: string];

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const BODY = '{"beds":12}';
const json = (line: string, body = BODY): Wanted => [line, OURS, body, JSON_TYPE];
const path = (text: string): Asked => ({ path: text });
const put = { method: 'PUT' };
const gone = { status: 'withdrawn' };
const form = (fields: Record<string, string>): Asked => ({ deliver: { body: 'form' }, mapping: { fields } });

const BATCH = JSON.stringify([{ id: 'w-1', eventId: 'e-1', version: 7, attempt: 2, data: { beds: 12 } }]);

const ROWS: ReadonlyArray<readonly [name: string, asked: Asked, ...wanted: Wanted]> = [
  ['nothing said: as ever', {}, ...json('POST /rules')],
  ['PUT', { deliver: put }, ...json('PUT /rules')],
  ['PATCH', { deliver: { method: 'PATCH' } }, ...json('PATCH /rules')],
  ['DELETE of every record, with its body', { deliver: { method: 'DELETE' } }, ...json('DELETE /rules')],
  ['a field in the path', { ...path('/Location/{ruleId}'), deliver: put }, ...json('PUT /Location/r-1')],
  ['two in one segment', path('/l/{ruleId}-{beds}'), ...json('POST /l/r-1-12')],
  ['one before an extension', path('/l/{ruleId}.json'), ...json('POST /l/r-1.json')],
  ['one in the middle', path('/l/{ruleId}/beds'), ...json('POST /l/r-1/beds')],
  ['a slash within a value', path('/z/{labels.zone}/x'), ...json('POST /z/Z%2F1/x')],
  ['a blank and a letter beyond ASCII', path('/z/{region}/{place.zone}'), ...json('POST /z/North%20East/S%C3%BCd')],
  ['a long', path('/b/{beds}'), ...json('POST /b/12')],
  [
    'a long beyond 2^53, digit for digit',
    { ...path('/b/{beds}'), record: { beds: 9_007_199_254_740_993n } },
    ...json('POST /b/9007199254740993', '{"beds":9007199254740993}'),
  ],
  ['a double', path('/s/{share}'), ...json('POST /s/0.5')],
  ['a boolean', path('/o/{open}'), ...json('POST /o/true')],
  ['a date', path('/d/{day}'), ...json('POST /d/2026-11-24')],
  ['a timestamp as its number', path('/t/{at}'), ...json('POST /t/1795000000123')],
  ['a decimal with all its digits', path('/p/{price}'), ...json('POST /p/12.50')],
  ['an enum', path('/k/{kind}'), ...json('POST /k/ICU')],
  ['a value of the query', path('/l?zone={region}'), ...json('POST /l?zone=North%20East')],
  ['two of them, and a constant', path('/l?a={ruleId}&v=2&b={beds}'), ...json('POST /l?a=r-1&v=2&b=12')],
  [
    'what separates parts of a query',
    { ...path('/l?a={region}&b=1'), record: { region: 'x&b=2#+?;' } },
    ...json('POST /l?a=x%26b%3D2%23%2B%3F%3B&b=1'),
  ],
  ['a percent sign', { ...path('/l/{region}'), record: { region: '%2e%2e' } }, ...json('POST /l/%252e%252e')],
  ['three dots are a name', { ...path('/l/{region}'), record: { region: '...' } }, ...json('POST /l/...')],
  ['braces that are meant', path('/l/{{x}}/{ruleId}'), ...json('POST /l/%7Bx%7D/r-1')],
  ['a variable before a placeholder', path('/${CLINIC_TENANT}/{ruleId}'), ...json('POST /te/nant/r-1')],
  ['the value of a variable is no template', path('/${CLINIC_ODD}/{ruleId}'), ...json('POST /%7BruleId%7D/r-1')],
  ['a URL without placeholders', path('/l/%41?x=%20'), ...json('POST /l/%41?x=%20')],
  [
    'headers, one with a field',
    { deliver: { headers: { Accept: 'application/fhir+json', 'x-zone': 'zone {region}', 'x-n': '{beds}' } } },
    'POST /rules',
    [...OURS, 'accept: application/fhir+json', 'x-zone: zone North East', 'x-n: 12'],
    BODY,
    JSON_TYPE,
  ],
  [
    'a header with braces and a variable',
    { deliver: { headers: { 'x-t': '${CLINIC_TENANT}', 'x-j': '{{"id":"{ruleId}"}}' } } },
    'POST /rules',
    [...OURS, 'x-t: te/nant', 'x-j: {"id":"r-1"}'],
    BODY,
    JSON_TYPE,
  ],
  [
    'beside credentials',
    { deliver: { headers: { 'x-a': '1' }, auth: { bearer: '${CLINIC_TOKEN}' } } },
    'POST /rules',
    ['authorization: Bearer planted-token', ...OURS, 'x-a: 1'],
    BODY,
    JSON_TYPE,
  ],
  [
    'a media type',
    { ...path('/Location/{ruleId}'), deliver: { ...put, contentType: 'application/fhir+json; charset=utf-8' } },
    'PUT /Location/r-1',
    OURS,
    BODY,
    'application/fhir+json; charset=utf-8',
  ],
  ['a form', form({ beds: 'free', region: 'zone' }), 'POST /rules', OURS, 'free=12&zone=North+East', FORM],
  [
    'a form of nested names and lists',
    form({ beds: 'a.b', tags: 'tag' }),
    'POST /rules',
    OURS,
    'a.b=12&tag=a&tag=b%26c',
    FORM,
  ],
  [
    'null is no part of a form',
    { ...form({ beds: 'free', region: 'zone' }), record: { region: null } },
    'POST /rules',
    OURS,
    'free=12',
    FORM,
  ],
  [
    'a form with a secret',
    { deliver: { body: 'form', auth: { body: { token: '${CLINIC_TOKEN}' } } } },
    'POST /rules',
    OURS,
    'beds=12&token=planted-token',
    FORM,
  ],
  ['a withdrawal as ever', { onLeave: 'send', record: gone }, ...json('POST /rules', '{"gone":"r-1"}')],
  [
    'a withdrawal by the way of a rule',
    { ...path('/l/{ruleId}'), deliver: put, onLeave: 'send', record: gone },
    ...json('PUT /l/r-1', '{"gone":"r-1"}'),
  ],
  [
    'a withdrawal by DELETE, with a body',
    { onLeave: { send: 'withdrawal.json', method: 'DELETE', url: '/l/{ruleId}' }, record: gone },
    ...json('DELETE /l/r-1', '{"gone":"r-1"}'),
  ],
  [
    'a withdrawal by DELETE, without one',
    { onLeave: { method: 'DELETE', url: '/l/{ruleId}' }, record: gone },
    'DELETE /l/r-1',
    OURS,
    '',
    '',
  ],
  ['a rule of the same connector', { onLeave: { method: 'DELETE', url: '/l/{ruleId}' } }, ...json('POST /rules')],
  [
    'a withdrawal to another path, with the headers of a rule',
    {
      deliver: { headers: { 'x-a': '{beds}' } },
      onLeave: { send: 'withdrawal.json', url: '/gone?id={ruleId}' },
      record: gone,
    },
    'POST /gone?id=r-1',
    [...OURS, 'x-a: 12'],
    '{"gone":"r-1"}',
    JSON_TYPE,
  ],
  [
    'a batch by PUT, with a constant header',
    { deliver: { ...put, headers: { 'x-a': '1' }, batch: { maxRecords: 2, maxWaitMs: 0 } } },
    'PUT /rules',
    ['ess-batch-size: 1', 'x-a: 1'],
    BATCH,
    JSON_TYPE,
  ],
];

test('there are forty rows and more', () => expect(ROWS.length).toBeGreaterThanOrEqual(40));

test.each(ROWS)('%s', async (_name, asked, line, headers, body, type) => {
  const text = await sent(connectorOf(asked), { ...RECORD, ...asked.record });
  const batched = headers.includes('ess-batch-size: 1');
  // The id of a batch is a hash of the ids inside.
  expect(batched ? text.replace(/webhook-id: .{22}/, 'webhook-id: w-1') : text).toBe(bytes(line, headers, body, type));
});
