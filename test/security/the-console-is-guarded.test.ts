// One real console at which one has to sign in, and what an attacker would try at it. docs/console.md#security names each row.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkText, newLink } from '@ess/console/rights/link.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import type { Answer } from '../harness/guarded-console.ts';
import { EVIL, GuardedConsole, SECRETS, TOKENS } from '../harness/guarded-console.ts';

const cleanup = new Cleanup();
let guarded: GuardedConsole;
let cookies: Record<keyof typeof TOKENS, string>;
let partner: string;

const json = ({ text }: Answer) => JSON.parse(text);
const asViewer = () => ({ cookie: cookies.viewer });
const asOperator = () => ({ cookie: cookies.operator });
const own = () => ({ origin: guarded.url, 'sec-fetch-site': 'same-origin' });
/** Every route that there is, as the console itself describes them: of this partner. */
const routes = { GET: [] as string[], changes: [] as string[] };
const fields = new Map<string, readonly string[]>();
const of = (path: string) =>
  `/api/v1${path.replace('{name}', partner).replace('{id}', 'evil-1')}${path === '/rules' ? '?part=evil' : ''}`;
const ENDLESS = new Set(['/feed', '/past']);
/** What a change may hold. */
const ANYTHING = () => ({
  ...{ partner, confirm: partner, id: 'evil-1', kind: 'redrive', since: '1h', reason: 'why', format: 'csv' },
  ...{ digest: '0'.repeat(64), position: 'x:0:0', place: '0:0', connector: '', mapping: '', body: '', headers: {} },
});
/** Whoever is signed in may. */
const MAY_ALL = new Set(['/sign-out', '/partners/{name}/signature']);
const QUESTIONS = () => [
  ...routes.GET.map(of),
  ...['/cells?all=true&limit=200', '/cells?all=true&partner={name}', '/attempts?limit=200'].map(of),
];

beforeAll(async () => {
  // No issuer answers there: only what the console says of it is looked at.
  guarded = await GuardedConsole.open(cleanup, () => 'http://127.0.0.1:1');
  partner = guarded.line.partner;
  const signedIn = await Promise.all(
    Object.entries(TOKENS).map(async ([name, { key }]) => [name, (await guarded.signIn(key)).cookie]),
  );
  cookies = Object.fromEntries(signedIn);
  guarded.receiver.reply = ({ body }) =>
    String(body['ruleId']).startsWith('evil')
      ? { status: 422, headers: { 'content-type': 'text/html', 'x-reason': EVIL }, body: EVIL }
      : 200;
  await guarded.line.source.publish([makeRule('evil-1', 1, { eventId: EVIL } as never), makeRule(EVIL, 1)]);
  await eventually('both partners and the attempts are told', async () => {
    const [overview, attempts] = await Promise.all(
      ['/api/v1/overview', '/api/v1/attempts?rule=evil-1'].map((path) => guarded.ask(path, { headers: asOperator() })),
    );
    if (attempts?.status !== 200 || json(attempts).attempts.length < 2) return undefined;
    return json(overview as Answer).partners.length >= 2 ? true : undefined;
  });
  const { paths } = json(await guarded.ask('/api/v1/openapi.json', { headers: asOperator() }));
  for (const [path, methods] of Object.entries<object>(paths)) {
    if ('get' in methods && !ENDLESS.has(path)) routes.GET.push(path);
    if (Object.keys(methods).some((method) => method !== 'get')) routes.changes.push(path);
    const { post } = methods as {
      post?: { requestBody?: { content: Record<string, { schema: { properties?: object } }> } };
    };
    fields.set(path, Object.keys(post?.requestBody?.content['application/json']?.schema.properties ?? {}));
  }
});
afterAll(() => cleanup[Symbol.asyncDispose]());

describe('CSRF', () => {
  const CHANGES = () => [...routes.changes.map(of), '/sign-in/link'].map((path) => [path, ANYTHING()] as const);

  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['an origin that is hidden', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another place of the same site', { 'sec-fetch-site': 'same-site' }],
    [
      'a visit from another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
    ['nobody says where', {}],
  ])('nothing is changed by a question from %s', async (_from, headers) => {
    for (const [path, body] of CHANGES())
      expect([
        path,
        (await guarded.ask(path, { method: 'POST', headers: { ...asViewer(), ...headers }, body })).status,
      ]).toEqual([path, 403]);
    const form = await guarded.ask('/sign-in/token', {
      method: 'POST',
      headers: { ...(headers as Record<string, string>), 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${TOKENS.operator.key}`,
    });
    expect([form.status, form.cookie]).toEqual([403, '']);
    expect((await guarded.ask('/api/v1/me', { headers: asViewer() })).status).toBe(200);
  });

  test.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/jsonx',
    '',
  ])('nothing is changed by what a form can send: %j', async (type) => {
    for (const [path, body] of CHANGES()) {
      const headers = { ...asViewer(), ...own(), 'content-type': type };
      const { status } = await guarded.ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
      expect([path, status]).toEqual([path, 415]);
    }
    expect((await guarded.ask('/api/v1/me', { headers: asViewer() })).status).toBe(200);
  });
});

test.each(['/', '/sign-in', '/link', '/api/v1/me', '/nothing'])('clickjacking: no page may frame %s', async (path) => {
  const { headers } = await guarded.ask(path, { headers: asOperator() });
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
  expect([headers['x-frame-options'], headers['x-content-type-options']]).toEqual(['SAMEORIGIN', 'nosniff']);
});

test.each([
  '/../package.json',
  '/..%2f..%2fpackage.json',
  '/%2e%2e/%2e%2e/package.json',
  '/assets/..%5c..%5cpackage.json',
  '/assets/../../package.json',
  '/package.json%00.js',
  '//etc/passwd',
  '/rights/gate.ts',
  '/sign-in/page.ts',
])('path traversal: %s leads to no file', async (path) => {
  const { status, text } = await guarded.ask(path, { headers: asOperator() });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(text).not.toMatch(/"name"|root:|import /);
});

test.each(['//evil.example', '/\\evil.example', 'https://evil.example/', '/\t/evil.example', 'javascript:alert(1)'])(
  'open redirect: one goes to this console and not to %j',
  async (returnTo) => {
    const query = new URLSearchParams({ returnTo });
    const visited = await guarded.ask(`/sign-in?${query}`, { headers: asViewer() });
    const entered = await guarded.signIn(TOKENS.viewer.key, {}, returnTo);
    for (const { status, headers } of [visited, entered]) expect([status, headers.location]).toEqual([303, '/']);
    expect((await guarded.ask(`/sign-in?${query}`)).text).not.toContain('evil.example');
  },
);

test('session fixation: whoever signs in gets a new session, and the one of before gains nothing', async () => {
  const planted = (await guarded.signIn(TOKENS.viewer.key)).cookie;
  const entered = await guarded.signIn(TOKENS.operator.key, { cookie: planted });
  expect(entered.cookie).not.toBe(planted);
  expect(json(await guarded.ask('/api/v1/me', { headers: { cookie: planted } })).name).toBe('token viewer');
  expect(json(await guarded.ask('/api/v1/me', { headers: { cookie: entered.cookie } })).name).toBe('token operator');
  expect(String(entered.headers['set-cookie'])).toMatch(/HttpOnly.*SameSite=Lax/);
});

test('role escalation: a cookie that is not sealed by the console is none, and another role stays another role', async () => {
  const [name = '', value = ''] = cookies.viewer.split(/=(.*)/s, 2);
  const sealed = decodeURIComponent(value);
  const said = Buffer.from(JSON.stringify({ visit: { who: { kind: 'token', name: 'operator' } } })).toString('base64');
  const forged = [
    ...[said, `${said};${sealed.split(';')[1]}`, `A${sealed.slice(1)}`],
    ...[sealed.split(';')[0], '', 'x'.repeat(4_000)],
  ];
  for (const one of forged) {
    const { status } = await guarded.ask('/api/v1/me', {
      headers: { cookie: `${name}=${encodeURIComponent(one ?? '')}` },
    });
    expect([one, status]).toEqual([one, 401]);
  }
  expect((await guarded.ask('/api/v1/me', { headers: { authorization: 'Bearer operator' } })).status).toBe(401);
  const { partners } = json(await guarded.ask('/api/v1/me', { headers: asViewer() }));
  expect(partners).toEqual([{ partner, actions: ['view'] }]);
  for (const path of routes.changes.filter((one) => !MAY_ALL.has(one))) {
    const { status } = await guarded.ask(of(path), {
      method: 'POST',
      headers: { ...asViewer(), ...own() },
      body: Object.fromEntries(Object.entries(ANYTHING()).filter(([field]) => fields.get(path)?.includes(field))),
    });
    expect([path, [403, 404].includes(status) || status]).toEqual([path, true]);
  }
});

test('id guessing: another partner is in no answer, and is not found as one that never was', async () => {
  for (const path of QUESTIONS()) {
    const { status, text } = await guarded.ask(path, { headers: asViewer() });
    expect([path, status, text.includes(guarded.other)]).toEqual([path, 200, false]);
    expect([path, (await guarded.ask(path, { headers: asOperator() })).status]).toEqual([path, 200]);
  }
  const ask = (path: string) => guarded.ask(path, { headers: asViewer() });
  for (const path of [
    `/api/v1/cells?all=true&partner=NAME`,
    '/api/v1/partners/NAME',
    '/api/v1/attempts?partner=NAME',
  ]) {
    const [other, nobody] = await Promise.all([guarded.other, 'nobody'].map((name) => ask(path.replace('NAME', name))));
    const plain = (text = '') =>
      text.replaceAll(guarded.other, 'nobody').replaceAll(/"(at|reachesBackTo|lookedBackTo)":"[^"]*"/g, '');
    expect([path, other?.status, plain(other?.text)]).toEqual([path, nobody?.status, plain(nobody?.text)]);
  }
  const test = { method: 'POST', headers: { ...asViewer(), ...own() }, body: { body: '', headers: {} } };
  expect((await guarded.ask(`/api/v1/partners/${guarded.other}/signature`, test)).status).toBe(404);
});

test('a link shows its partner alone, until it is taken back or its time is over; a feed ends with it', async () => {
  const enter = (link: string) => guarded.ask('/sign-in/link', { method: 'POST', headers: own(), body: { link } });
  const made = [newLink(partner, 600_000), newLink(partner, 600_000)] as const;
  const [first, second] = await Promise.all(made.map((link) => enter(linkText(link, SECRETS.key))));
  const cookie = first?.cookie ?? '';
  expect(json(await guarded.ask('/api/v1/me', { headers: { cookie } })).partners).toMatchObject([{ partner }]);
  for (const path of QUESTIONS()) {
    const { status, text } = await guarded.ask(path, { headers: { cookie } });
    expect([path, status, text.includes(guarded.other)]).toEqual([path, 200, false]);
  }
  const { closed } = await guarded.listen(cookie);
  expect(await guarded.line.ess(['console', 'link', '--revoke', made[0].id], guarded.env).exited).toBe(0);
  await closed;
  for (const answer of [
    await guarded.ask('/api/v1/me', { headers: { cookie } }),
    await enter(linkText(made[0], SECRETS.key)),
  ])
    expect(answer.status).toBe(401);
  expect((await guarded.ask('/api/v1/me', { headers: { cookie: second?.cookie ?? '' } })).status).toBe(200);
  appendFileSync(
    join(guarded.folder, 'ended.jsonl'),
    `${JSON.stringify({ kind: 'partner', id: partner, atMs: Date.now() })}\n`,
  );
  expect((await guarded.ask('/api/v1/me', { headers: { cookie: second?.cookie ?? '' } })).status).toBe(401);
  const over = newLink(partner, 60_000, Date.now() - 60_000);
  const forged = linkText(newLink(guarded.other, 60_000), 'another-key-of-another');
  for (const text of [linkText(over, SECRETS.key), forged, '', 'a.b']) expect((await enter(text)).status).toBe(401);
});

test('ReDoS: a search is a text and no pattern', async () => {
  const found = async (rule: string) =>
    json(await guarded.ask(`/api/v1/cells?all=true&rule=${encodeURIComponent(rule)}`, { headers: asOperator() })).total;
  expect(await found('EVIL-1')).toBe(2);
  for (const pattern of ['evil.1', '.*', '(a+)+$', '[', 'e|v', '%', '_'])
    expect([pattern, await found(pattern)]).toEqual([pattern, 0]);
});

test('no secret is in any answer, header or page, nor in what the console logs', async () => {
  const paths = [
    ...QUESTIONS(),
    '/',
    '/sign-in',
    '/link',
    '/nothing',
    '/api/v1/partners/nobody',
    '/api/v1/cells?limit=x',
  ];
  const wrong = TOKENS.operator.key.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'));
  const answers = await Promise.all([
    ...paths.map((path) => guarded.ask(path, { headers: asOperator() })),
    ...paths.map((path) => guarded.ask(path)),
    guarded.signIn(wrong),
  ]);
  const said = [...answers.map(({ headers, text }) => JSON.stringify(headers) + text), guarded.program.output].join(
    '\n',
  );
  const base64 = SECRETS.signing.slice('whsec_'.length);
  const tokens = Object.values(TOKENS).flatMap(({ key, hash }) => [key, hash]);
  for (const secret of [...Object.values(SECRETS), base64, wrong, ...tokens]) expect(said.includes(secret)).toBe(false);
});

test('a right that is taken away ends at once, and so does a token with its sessions and feeds; a wrong file changes nothing', async () => {
  const { cookie } = await guarded.signIn(TOKENS.auditor.key);
  const me = async () => guarded.ask('/api/v1/me', { headers: { cookie } });
  const { closed } = await guarded.listen(cookie);
  guarded.grant('  - wrong');
  expect((await me()).status).toBe(200);
  const refused = await guarded.program.logged('console.file-refused');
  expect(String(refused['error'])).toMatch(/rights\.yaml:\d+ grants\.3/);
  const { auditor: _auditor, ...others } = TOKENS;
  guarded.letIn(others);
  await closed;
  expect((await me()).status).toBe(401);
  guarded.grant(`  - { to: { token: viewer }, roles: [viewer], partners: ["${guarded.other}"] }`);
  expect((await guarded.ask(`/api/v1/partners/${guarded.other}`, { headers: asViewer() })).status).toBe(200);
  guarded.grant();
  expect((await guarded.ask(`/api/v1/partners/${guarded.other}`, { headers: asViewer() })).status).toBe(404);
});

test('signing out ends this session, or every one of the same subject, with its feeds', async () => {
  const leave = (cookie: string, everywhere: boolean) =>
    guarded.ask('/api/v1/sign-out', { method: 'POST', headers: { cookie, ...own() }, body: { everywhere } });
  const status = async (cookie: string) => (await guarded.ask('/api/v1/me', { headers: { cookie } })).status;
  const [one, two, three] = await Promise.all(
    [1, 2, 3].map(async () => (await guarded.signIn(TOKENS.viewer.key)).cookie),
  );
  const { closed } = await guarded.listen(two ?? '');
  expect((await leave(one ?? '', false)).status).toBe(204);
  expect([await status(one ?? ''), await status(two ?? '')]).toEqual([401, 200]);
  expect((await leave(two ?? '', true)).status).toBe(204);
  await closed;
  expect([await status(two ?? ''), await status(three ?? ''), await status(cookies.operator)]).toEqual([401, 401, 200]);
});
