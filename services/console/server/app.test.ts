import { connect } from 'node:net';
import { ID_MAX_BYTES } from '@ess/domain/text/foreign-id.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { nodeHttp } from '@ess/runtime/node-http.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import type { View } from '@ess/view/view.ts';
import { afterAll, expect, test } from '@jest/globals';
import { History } from '../history/history.ts';
import { feedsOf, OpenAnswers } from '../long-answers.ts';
import { tooMany } from '../rights/refused.ts';
import type { SignedIn } from '../rights/subject.ts';
import { localSubject, must } from '../rights/subject.ts';
import type { Entry } from './app.ts';
import { createApp } from './app.ts';
import { Feed } from './feed.ts';
import type { Listening } from './routes.ts';
import { addRoutes, overviewOf, seenBy } from './routes.ts';

const page = temporaryFolder({ defer: afterAll });

test.each([
  ['long', 'x'.repeat(ID_MAX_BYTES)],
  ['with characters of an address', '/?#%2F&=+ ..'.repeat(ID_MAX_BYTES / 16)],
  ['of characters of several bytes', '🔥'.repeat(ID_MAX_BYTES / 4)],
])('a rule and a partner are found by an id that is %s', async (_what, id) => {
  const totals = { partner: id, drifting: 0, byState: {} };
  const view = {
    judge: {
      ofRule: (ruleId: string) => [{ ruleId }],
      tallied: async () => ({ nowMs: 0, partners: [totals] }),
      deadLetters: () => 0,
    },
    partners: [id],
    groupOf: () => undefined,
  } as unknown as View;
  const onFault = (error: unknown) => {
    throw error;
  };
  const app = await createApp({ page, hosts: [], subjectOf: localSubject, onFault }, (api) =>
    addRoutes(api, view, new History(0), {} as Listening),
  );
  const get = async (path: string) => {
    const { statusCode, body } = await app.inject(`/api/v1/${path}/${encodeURIComponent(id)}`);
    return [statusCode, JSON.parse(body)];
  };
  expect(await get('rules')).toMatchObject([200, { ruleId: id, cells: [{ ruleId: id }] }]);
  expect(await get('partners')).toMatchObject([200, { card: { partner: id } }]);
  await app.close();
});

test('a partner that somebody may not see is in no list and no count, and is not found by its name', async () => {
  const totals = (partner: string) => ({ partner, drifting: 0, byState: {} });
  const asked: string[][] = [];
  const view = {
    judge: {
      ofRule: () => ['clinic', 'hospital'].map((partner) => ({ partner })),
      tallied: async () => ({ nowMs: 0, partners: ['clinic', 'hospital'].map(totals) }),
      deadLetters: () => 0,
      find: async (_matches: unknown, of: ReadonlySet<string>) => asked.push([...of]),
      piece: () => ({ total: 0, cells: [] }),
    },
    groupOf: () => undefined,
    behindMs: () => 0,
    partners: ['clinic', 'hospital'],
  } as unknown as View;
  let isOver = false;
  const subject: SignedIn = {
    name: 'ann',
    key: 'ann',
    via: 'token',
    isGuestAt: () => false,
    isOver: () => isOver,
    may: (action, partner) => partner === 'hospital' && action === 'view',
  };
  const onFault = (error: unknown) => {
    throw error;
  };
  const open = new OpenAnswers();
  const feed = new Feed(() => overviewOf(view, new History(0)), seenBy, onFault);
  const app = await createApp({ page, hosts: [], subjectOf: () => subject, onFault }, (api) => {
    addRoutes(api, view, new History(0), { feed, feeds: feedsOf(open) });
    api.get('/busy', () => {
      throw tooMany('wait', 7);
    });
    api.get('/act', async (request) => must(request, 'pause', 'hospital'));
  });
  const get = async (path: string) => {
    const { statusCode, body } = await app.inject(`/api/v1/${path}`);
    return [statusCode, JSON.parse(body)];
  };
  const [, absent] = await get('partners/nobody');
  expect(await get('partners/clinic')).toEqual([404, { error: absent.error.replace('nobody', 'clinic') }]);
  expect(await get('partners/hospital')).toMatchObject([200, {}]);
  expect(await get('overview')).toMatchObject([200, { partners: [{ partner: 'hospital' }] }]);
  expect(await get('rules/r1')).toMatchObject([200, { cells: [{ partner: 'hospital' }] }]);
  await get('cells');
  await get('cells?partner=clinic');
  expect(asked).toEqual([['hospital'], []]);
  expect(await get('me')).toEqual([
    200,
    { name: 'ann', via: 'token', until: null, partners: [{ partner: 'hospital', actions: ['view'] }] },
  ]);
  const busy = await app.inject('/api/v1/busy');
  expect([busy.statusCode, busy.headers['retry-after'], busy.json()]).toEqual([429, '7', { error: 'wait' }]);
  expect(await get('act')).toMatchObject([403, { error: expect.stringContaining('ann may not pause') }]);
  const heard = (await fetch(`${await app.listen()}/api/v1/feed`)).body?.getReader();
  const first = Buffer.from((await heard?.read())?.value ?? []).toString();
  expect(JSON.parse(first.slice(first.indexOf('{')))).toMatchObject({ partners: [{ partner: 'hospital' }] });
  isOver = true;
  open.look();
  expect([feed.listeners, await heard?.read()]).toMatchObject([0, { done: true }]);
  await app.close();
});

test('strangers who ask nothing are cut, and whoever comes from elsewhere or is signed in is answered', async () => {
  const guard = new SocketGuard({ connections: 100, anonymousPerAddress: 4, onCut: () => undefined });
  const entry: Entry = { guard, begin: async () => undefined, addRoutes: () => undefined, isSignedIn: () => false };
  const onFault = (error: unknown) => {
    throw error;
  };
  const app = await createApp({ page, hosts: [], entry, subjectOf: localSubject, onFault }, (api) =>
    api.get('/here', () => ({ here: true })),
  );
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const ask = (localAddress: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const to = { host: '127.0.0.1', port: Number(port), path: '/api/v1/here', localAddress };
      nodeHttp.get(to, (response) => resolve(response.resume().statusCode)).once('error', reject);
    });
  const strangers = Array.from({ length: 6 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined));
  await Promise.all(strangers.slice(4).map((one) => new Promise((closed) => one.once('close', closed))));
  expect(strangers.filter(({ destroyed }) => destroyed)).toHaveLength(2);
  expect(await ask('127.0.0.2')).toBe(200);
  for (const one of strangers) one.destroy();
  guard.close();
  await app.close();
});

test('nobody signs in there: what a proxy has brought is refused, and a link on another site leads to the page alone', async () => {
  const onFault = (error: unknown) => {
    throw error;
  };
  const publicUrl = 'https://console.example';
  const app = await createApp({ page, hosts: [], publicUrl, subjectOf: localSubject, onFault }, (api) =>
    api.get('/here', () => ({ here: true })),
  );
  const ask = async (url: string, headers: Record<string, string>) => (await app.inject({ url, headers })).statusCode;
  for (const name of ['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-proto'])
    expect([name, await ask('/api/v1/here', { [name]: 'x' })]).toEqual([name, 403]);
  const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect([await ask('/api/v1/here', {}), await ask('/api/v1/here', visit), await ask('/', visit)]).toEqual([
    ...[200, 403, 503],
  ]);
  const from = (origin: string) => ask('/api/v1/here', { origin, host: 'console.example' });
  expect([await from(publicUrl), await from('http://console.example')]).toEqual([200, 403]);
  await app.close();
});
