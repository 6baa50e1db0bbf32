import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { propose } from '@ess/orders/approval.ts';
import { afterAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { OpenAnswers, previewsOf } from '../long-answers.ts';
import type { Action, SignedIn } from '../rights/subject.ts';
import { ACTIONS } from '../rights/subject.ts';
import { addExportRoute } from './export-routes.ts';
import { takeBodiesAsTheyAre } from './interface/strict-bodies.ts';
import { addLetterRoutes } from './letter-routes.ts';
import { addMakingRoutes } from './making-routes.ts';
import { addOrderRoutes } from './order-routes.ts';
import { addProposalRoutes } from './proposal-routes.ts';

/** What each act asks for. A route that is not here fails the test. */
const ASKS: Readonly<Record<string, Action>> = {
  '/partners/:name/timeline': 'replay',
  '/partners/:name/replays/preview': 'replay',
  '/partners/:name/replays': 'replay',
  '/replays/:id/cancel': 'replay',
  '/replays/:id/undo': 'replay',
  '/partners/:name/pause': 'pause',
  '/partners/:name/resume': 'pause',
  '/redrives/:id/cancel': 'redrive',
  '/partners/:name/letters/show': 'payload',
  '/partners/:name/letters/plan': 'redrive',
  '/partners/:name/letters/redrive': 'redrive',
  '/partners/:name/letters/drop': 'drop',
  '/partners/:name/made-again': 'payload',
  '/partners/:name/rehearsal': 'payload',
  '/attempts/export': 'export',
  '/proposals/:id/approve': 'approve',
  '/proposals/:id/withdraw': 'view',
};
const BODIES: Readonly<Record<string, object>> = {
  '/partners/:name/replays': { id: 'x', confirm: 'hospital' },
  '/partners/:name/letters/show': { place: '0:1' },
  '/partners/:name/letters/plan': { kind: 'redrive' },
  '/partners/:name/letters/redrive': { id: 'x' },
  '/partners/:name/letters/drop': { id: 'x', confirm: 'hospital' },
  '/partners/:name/made-again': { position: 'rules:0:1' },
  '/partners/:name/rehearsal': { position: 'rules:0:1', connector: '', mapping: '' },
  '/attempts/export': { format: 'csv', partner: 'hospital' },
  '/proposals/:id/approve': { digest: '0'.repeat(64), confirm: 'hospital' },
};
/** Ids of what is on record. */
const IDS = { replays: 'replay-1', redrives: 'redrive-1', proposals: 'proposal-1' } as const;

const state = new ControlState();
const order = { topic: 'rules', key: null, current: false, newIds: false, ratePerSecond: null };
const replay = { ...order, partitions: [{ partition: 0, target: 0, until: 9 }] };
const ofHospital = { partner: 'hospital', by: 'bob' } as const;
state.apply(makeCommand({ ...ofHospital, id: IDS.replays, kind: 'replay', replay }));
const redrive = { topic: 'rules', partitions: [0], letters: [{ partition: 0, offsets: [1], times: [0] }], limit: 1 };
const selected = { ...redrive, reason: null, ruleId: null, sinceMs: null, untilMs: null, force: false };
state.apply(makeCommand({ ...ofHospital, id: IDS.redrives, kind: 'redrive', redrive: selected }));
const proposed = makeCommand({ ...ofHospital, id: IDS.proposals, kind: 'replay', replay });
state.apply(propose(proposed, { records: 9, expiresAtMs: Date.now() + 60_000 }));

const apps: Array<{ close(): Promise<unknown> }> = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

async function opened(actions: readonly Action[], isGuest = false) {
  const app = Fastify();
  takeBodiesAsTheyAre(app);
  apps.push(app);
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'POST') routes.push(url);
  });
  const subject: SignedIn = {
    name: 'ann',
    key: 'ann',
    via: 'token',
    isGuestAt: () => isGuest,
    isOver: () => false,
    may: (action) => actions.includes(action),
  };
  app.decorateRequest('subject', { getter: () => subject });
  app.decorate('onRecord', async () => undefined);
  const done: string[] = [];
  const acts = new Proxy({}, { get: (_, name) => async () => void done.push(String(name)) });
  const desk = { open: async () => ({ state, give: async () => void done.push('give'), codec: undefined }) };
  const shared = { orders: acts, desk, view: { groupOf: () => undefined }, byOf: () => ({ by: 'ann', reason: null }) };
  const connectors = new Map();
  const previews = previewsOf(new OpenAnswers());
  const options = { ...shared, kafka: {}, admin: {}, log: {}, codec: {}, previews, connectors } as never;
  addOrderRoutes(app, options);
  const letter = { partner: 'hospital', position: 'rules:0:1', ruleId: 'wf-1' };
  const board = async () => ({ at: (place: string) => (place === '0:7' ? letter : undefined), find: () => ({}) });
  addLetterRoutes(app, { ...(options as object), board } as never);
  addProposalRoutes(app, options);
  addMakingRoutes(app, { connectors: new Map(), read: acts, rehearsals: acts } as never);
  addExportRoute(app, undefined, () => ['hospital']);
  await app.ready();
  const answer = async (route: string, more: object = {}, id?: string) => {
    const [, kind = ''] = route.split('/');
    const url = route.replace(':name', 'hospital').replace(':id', id ?? IDS[kind as keyof typeof IDS] ?? 'x');
    return await app.inject({ method: 'POST', url, payload: { ...BODIES[route], ...more } });
  };
  const post = async (route: string) => (await answer(route)).statusCode;
  const get = async (url: string) => (await app.inject({ url })).body;
  return { routes, get, answer, post, done };
}

test('every act asks for its right, and who may do all but that is refused', async () => {
  const { routes } = await opened([]);
  expect(routes.sort()).toEqual(Object.keys(ASKS).sort());
  for (const [route, action] of Object.entries(ASKS)) {
    if (action === 'view') continue;
    const { post, done } = await opened(ACTIONS.filter((one) => one !== action));
    expect([route, await post(route), done]).toEqual([route, 403, []]);
  }
});

test('an act at a partner that somebody may not see is answered like one that is not there', async () => {
  const { routes, post, done } = await opened([]);
  for (const route of routes) expect([route, await post(route)]).toEqual([route, 404]);
  expect(done).toEqual([]);
});

test('an id of a partner that somebody may not see is refused in the words of one that was never given', async () => {
  const { routes, answer } = await opened([]);
  const withId = routes.filter((route) => route.includes(':id'));
  expect(withId).toHaveLength(5);
  for (const route of withId) {
    const [, kind = ''] = route.split('/');
    const known = IDS[kind as keyof typeof IDS];
    const [there, never] = [(await answer(route)).body, (await answer(route, {}, 'never')).body];
    expect([route, there.replace(known, 'never')]).toEqual([route, never]);
    expect(never).not.toMatch(/hospital|-1/);
  }
});

test.each([
  ['of a field that is misspelled', { rules: 'wf-1' }, 'there is no field \\"rules\\"'],
  ['of a text for a yes', { force: 'true' }, 'force'],
  ['of nothing for a text', { rule: null }, 'rule'],
])('a body is refused because %s: the order would be another one', async (_what, more, said) => {
  const { answer, done } = await opened([...ACTIONS]);
  const { statusCode, body } = await answer('/partners/:name/letters/plan', more);
  expect([statusCode, body.includes(said), done]).toEqual([400, true, []]);
});

test('no act takes a field that it does not know', async () => {
  const { routes, answer } = await opened([...ACTIONS]);
  for (const route of routes.filter((one) => !one.endsWith('/timeline')))
    expect([route, (await answer(route, { misspelled: 1 })).statusCode]).toEqual([route, 400]);
});

test('only who proposed takes a proposal back', async () => {
  const { post, done } = await opened([...ACTIONS]);
  expect([await post('/proposals/:id/withdraw'), done]).toEqual([409, []]);
});

test.each(['/partners/:name/replays', '/partners/:name/letters/drop', '/proposals/:id/approve'])(
  '%s asks for the name of the partner, whatever page it comes from',
  async (route) => {
    const { answer, post, done } = await opened([...ACTIONS]);
    for (const confirm of [undefined, '', 'clinic', 'Hospital']) {
      const { statusCode, body } = await answer(route, { confirm });
      expect([statusCode, body]).toEqual([400, expect.stringContaining('confirm')]);
    }
    expect(done).toEqual([]);
    await post(route);
    expect(done).toHaveLength(1);
  },
);

test('a partner at its own window is not shown our record of a dead letter', async () => {
  const { answer } = await opened(['view', 'payload'], true);
  const { statusCode, body } = await answer('/partners/:name/letters/show', { place: '0:7' });
  expect([statusCode, JSON.parse(body)]).toMatchObject([
    200,
    { ruleId: 'wf-1', key: null, headers: {}, record: null, valueBase64: null, unreadable: expect.any(String) },
  ]);
});

test('a partner at its own window is told of orders, and of nobody who gave them', async () => {
  const [guest, operator] = await Promise.all([opened(['view'], true), opened(['view'])]);
  for (const url of ['/replays', '/redrives', '/proposals'])
    expect([url, (await guest.get(url)).includes('bob'), (await operator.get(url)).includes('bob')]).toEqual([
      ...[url, false, true],
    ]);
  const refused = await guest.answer('/proposals/:id/withdraw');
  expect([refused.statusCode, refused.body.includes('bob'), guest.done]).toEqual([409, false, []]);
});
