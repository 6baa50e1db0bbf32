// What senders send, request by request over real sockets: what a door takes of it, what it publishes, and what it answers.
import type { ClinicRequest } from '@ess/test/fakes/doors/clinic-doors.ts';
import { openClinic, CLINIC_SECRET as SECRET } from '@ess/test/fakes/doors/clinic-doors.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LIMITS } from './limits.ts';

let clinic: Awaited<ReturnType<typeof openClinic>>;
let rung: typeof clinic.rung;
beforeAll(async () => {
  clinic = await openClinic();
  rung = clinic.rung;
});
beforeEach(() => {
  rung.length = 0;
});
afterAll(() => clinic.close());

const send = (request: ClinicRequest) => clinic.send({ body: GOOD, ...request });
const records = () => rung.flatMap((ring) => ring.records.map(({ value }) => JSON.parse(String(value))));
const GOOD = { auth: SECRET, beds: { free: 3 } };
const KEYED = { 'x-key': SECRET };
const GOOD_TEXT = JSON.stringify(GOOD);
const inside = (more: string) => `${GOOD_TEXT.slice(0, -1)},${more}}`;
const FORM = 'application/x-www-form-urlencoded';
const FORM_TEXT = `auth=${SECRET}&beds.free=3`;
const event = (free: number) => ({ specversion: '1.0', id: `e-${free}`, type: 'beds', source: '/x', data: { free } });
const many = (count: number) => `[${Array.from({ length: count }, () => '{"data":{"free":1}}').join(',')}]`;

test.each<[string, ClinicRequest, number, object[]]>([
  ['utf-8', { type: 'application/json; charset=utf-8' }, 204, [{ bedsFree: 3 }]],
  ['utf8', { type: 'application/json;charset=utf8' }, 204, [{ bedsFree: 3 }]],
  ['UTF8 in quotes', { type: 'application/json; charset="UTF8"' }, 204, [{ bedsFree: 3 }]],
  ['us-ascii', { type: 'application/json; charset=us-ascii' }, 204, [{ bedsFree: 3 }]],
  ['ASCII in single quotes', { type: "application/json; charset='ASCII'" }, 204, [{ bedsFree: 3 }]],
  ['spaces, other parameters', { type: 'application/JSON ; v=1; charset = utf-8 ;x="a;b"' }, 204, [{ bedsFree: 3 }]],
  ['text/json', { type: 'text/json' }, 204, [{ bedsFree: 3 }]],
  ['latin1', { type: 'application/json; charset=latin1' }, 415, []],
  ['a second, strange charset', { type: 'application/json; charset=utf-8; charset=utf-7' }, 415, []],
  ['no type', { type: null }, 415, []],
  ['a field __proto__', { body: inside('"__proto__":{"polluted":true}') }, 204, [{ bedsFree: 3 }]],
  ['a field constructor', { body: inside('"constructor":{"prototype":{}}') }, 204, [{ bedsFree: 3 }]],
  ['a field twice that nobody reads', { body: inside('"id":1,"id":2') }, 204, [{ bedsFree: 3 }]],
  ['an id beyond 2^53', { body: inside('"id":12345678901234567890') }, 204, [{ bedsFree: 3 }]],
  ['an infinity', { body: inside('"load":1e999') }, 204, [{ bedsFree: 3 }]],
  ['half a surrogate pair', { body: inside('"note":"\\ud800"') }, 204, [{ bedsFree: 3 }]],
  ['nesting', { body: inside(`"x":${'['.repeat(20_000)}${']'.repeat(20_000)}`) }, 204, [{ bedsFree: 3 }]],
  [
    'a thousand fields',
    { body: inside(Array.from({ length: 1_000 }, (_, n) => `"f${n}":0`).join()) },
    204,
    [{ bedsFree: 3 }],
  ],
  ['a read field twice', { body: `{"auth":"${SECRET}","beds":{"free":3,"free":4}}` }, 400, []],
  ['a read number beyond 2^53', { body: `{"auth":"${SECRET}","beds":{"free":12345678901234567890}}` }, 400, []],
  ['what is no JSON where nobody reads', { body: inside('"x":[1,]') }, 400, []],
  ['a secret twice', { body: `{"auth":"x","auth":"${SECRET}","beds":{"free":3}}` }, 401, []],
  ['a read field twice, without the secret', { body: '{"beds":{"free":3,"free":4}}' }, 401, []],
  ['an array', { body: [GOOD, { auth: SECRET, beds: { free: 4 } }] }, 204, [{ bedsFree: 3 }, { bedsFree: 4 }]],
  ['an array with a wrong secret in it', { body: [GOOD, { auth: 'wrong', beds: { free: 4 } }] }, 401, []],
  ['an array with one without a secret', { body: [GOOD, { beds: { free: 4 } }] }, 401, []],
  ['an empty array where the secret is in the body', { body: [] }, 401, []],
  ['an array with a bad field', { body: [GOOD, { auth: SECRET, beds: { free: 'x' } }] }, 400, []],
  ['an array with what is no event', { body: [GOOD, 5] }, 400, []],
  ['an array in an array', { body: [[GOOD]] }, 400, []],
  [
    'a batch of CloudEvents',
    {
      path: '/events',
      headers: KEYED,
      type: 'application/cloudevents-batch+json; charset=UTF-8',
      body: [event(1), event(2)],
    },
    204,
    [{ bedsFree: 1 }, { bedsFree: 2 }],
  ],
  [
    'one CloudEvent',
    { path: '/events', headers: KEYED, type: 'application/cloudevents+json', body: event(1) },
    204,
    [{ bedsFree: 1 }],
  ],
  ['an empty batch', { path: '/events', headers: KEYED, body: [] }, 204, []],
  [
    'as many as may be',
    { path: '/events', headers: KEYED, body: many(LIMITS.events) },
    204,
    Array(LIMITS.events).fill({ bedsFree: 1 }),
  ],
  ['one more', { path: '/events', headers: KEYED, body: many(LIMITS.events + 1) }, 413, []],
  ['a form', { path: '/form', type: FORM, body: FORM_TEXT }, 204, [{ bedsFree: 3 }]],
  ['JSON at the same door', { path: '/form' }, 204, [{ bedsFree: 3 }]],
  [
    'a form with a charset, brackets, a word, a time and a +',
    {
      path: '/form',
      type: `${FORM}; charset=utf-8`,
      body: `auth=${SECRET}&beds[free]=3&ward=55&at=2026-11-24T10:00:00%2B01:00&x=1&x=2`,
    },
    204,
    [{ bedsFree: 3, ward: 'Burns', changedAt: Date.UTC(2026, 10, 24, 9) }],
  ],
  [
    'a form with empty fields',
    { path: '/form', type: FORM, body: `${FORM_TEXT}&at=&y` },
    204,
    [{ bedsFree: 3, changedAt: null }],
  ],
  ['a form with a text for a number', { path: '/form', type: FORM, body: `auth=${SECRET}&beds.free=three` }, 400, []],
  ['a form with a field twice', { path: '/form', type: FORM, body: `${FORM_TEXT}&beds.free=4` }, 400, []],
  ['a form with a field in two spellings', { path: '/form', type: FORM, body: `${FORM_TEXT}&beds[free]=4` }, 400, []],
  [
    'a form that is not UTF-8',
    { path: '/only-form', headers: KEYED, type: FORM, body: 'beds.free=3&ward=%ff' },
    400,
    [],
  ],
  ['a form with a wrong secret', { path: '/form', type: FORM, body: 'auth=x&beds.free=3' }, 401, []],
  ['a form at a door of JSON', { type: FORM, body: FORM_TEXT }, 415, []],
  ['a form at a door of JSON, without the secret', { type: FORM, body: 'beds.free=3' }, 401, []],
  ['a form where there is no door', { path: '/nowhere', type: FORM, body: FORM_TEXT }, 401, []],
  ['JSON at a door of forms', { path: '/only-form', headers: KEYED }, 415, []],
])('%s', async (_, request, status, expected) => {
  const answer = await send(request);
  expect([answer.status, answer.text === '' ? 204 : JSON.parse(answer.text).status]).toEqual([status, status]);
  expect(records()).toEqual(expected.map((record) => expect.objectContaining(record)));
  // All of a request goes out as one.
  expect(rung).toHaveLength(expected.length === 0 ? 0 : 1);
});

test.each<[string, ClinicRequest, number, string, string]>([
  [
    'Slack',
    { path: '/slack', body: { type: 'url_verification', challenge: '3eZbrw', token: SECRET } },
    200,
    'application/json; charset=utf-8',
    '{"challenge":"3eZbrw"}',
  ],
  [
    'with a wrong token',
    { path: '/slack', body: { type: 'url_verification', challenge: '3eZbrw', token: 'x' } },
    401,
    '',
    '',
  ],
  ['without a token', { path: '/slack', body: { type: 'url_verification', challenge: '3eZbrw' } }, 401, '', ''],
  [
    'with a page for a word',
    { path: '/slack', body: { type: 'url_verification', challenge: '<b>', token: SECRET } },
    401,
    '',
    '',
  ],
  ['where it is not agreed', { body: { type: 'url_verification', challenge: '3eZbrw' } }, 401, '', ''],
  [
    'Graph',
    { path: '/graph?validationToken=Validation%3a+Testing+1%2B1', type: 'text/plain; charset=utf-8', body: '' },
    200,
    'text/plain; charset=utf-8',
    'Validation: Testing 1+1',
  ],
  [
    'Graph without a type',
    { path: '/graph?validationToken=abc', type: null, body: '' },
    200,
    'text/plain; charset=utf-8',
    'abc',
  ],
  [
    'a word with a question mark',
    { path: '/graph?x=1&validationToken=a?b=c', type: null, body: '' },
    200,
    'text/plain; charset=utf-8',
    'a?b=c',
  ],
  [
    'Graph with a page for a word',
    { path: '/graph?validationToken=%3Cscript%3E', type: 'text/plain', body: '' },
    415,
    '',
    '',
  ],
  ['Graph where it is not agreed', { path: '/beds?validationToken=abc', type: 'text/plain', body: '' }, 415, '', ''],
  ['a query that says nothing', { path: '/graph?other=abc' }, 204, '', ''],
])('the handshake by POST: %s', async (_, request, status, type, text) => {
  const answer = await send(request);
  expect(answer.status).toBe(status);
  if (status !== 200) return;
  expect([answer.type, answer.text, answer.answer.headers.get('x-content-type-options')]).toEqual([
    type,
    text,
    'nosniff',
  ]);
  expect(rung).toEqual([]);
});

const RULE = {
  id: 'r-1',
  version: 2,
  state: 'active',
  audience: 'Hospital',
  title: 'Beds',
  approval: { id: 's-1', by: 'board', at: '2026-11-24T10:00:00Z' },
};
const rule = (more: object) => ({ path: '/rules', headers: KEYED, body: { ...RULE, ...more } });

test('a door to rules publishes by rule, with what a rule has to have', async () => {
  const body = [RULE, { ...RULE, id: 'r-2', pause: true }];
  expect((await send({ path: '/rules', headers: { ...KEYED, 'idempotency-key': 'k' }, body })).status).toBe(204);
  expect(rung).toMatchObject([{ door: 'clinic /rules', key: 'k', digest: expect.any(String) }]);
  expect(rung[0]?.records.map(({ key }) => key)).toEqual(['r-1', 'r-2']);
  const auditStamp = { id: 's-1', approvedBy: 'board', approvedAt: Date.UTC(2026, 10, 24, 10) };
  expect(records()).toEqual([
    expect.objectContaining({ eventId: 'k/0', ruleId: 'r-1', version: 2, publishedBy: 'clinic', auditStamp }),
    expect.objectContaining({ eventId: 'k/1', ruleId: 'r-2', pauseSurveys: true, publishedAt: expect.any(Number) }),
  ]);
});

test.each<[string, ClinicRequest, string[]]>([
  ['without a stamp', rule({ approval: undefined }), ['#/approval/id']],
  ['with a stamp of nobody', rule({ approval: { id: 's', by: ' ', at: 5 } }), ['#/approval/by']],
  ['with an unfinished stamp', rule({ approval: { id: 's' } }), ['#/approval/by', '#/approval/at']],
  ['without an id', rule({ id: '' }), ['#/id']],
  ['with an id without end', rule({ id: 'x'.repeat(1_025) }), ['#/id']],
  ['of an unknown state', rule({ state: 'maybe' }), ['#/state']],
  [
    'without a version, second in an array',
    { ...rule({}), body: [RULE, { ...RULE, version: undefined }] },
    ['#/1/version'],
  ],
])('a rule %s is refused by name, and nothing is published', async (_, request, pointers) => {
  const { status, text } = await send(request);
  expect([status, JSON.parse(text).errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([400, pointers]);
  expect(rung).toEqual([]);
});

test('a body is known again by what is read of it: spaces, order and other fields change nothing', async () => {
  const headers = { 'idempotency-key': 'k' };
  const bodies = [GOOD_TEXT, `{ "beds": {"free":3}, "sentAt": 7, "auth":"${SECRET}"}`, inside('"ward":null'), [GOOD]];
  for (const body of bodies) await send({ headers, body });
  const [first, again, other, list] = rung.map(({ digest }) => digest);
  expect([again, list]).toEqual([first, first]);
  expect(other).not.toBe(first);
  expect(rung.map(({ records }) => records.length)).toEqual([1, 1, 1, 1]);
});
