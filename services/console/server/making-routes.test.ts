import type { Connector } from '@ess/domain/connector/connector.ts';
import { afterAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import type { Seen } from '../rights/record.ts';
import type { Action, SignedIn } from '../rights/subject.ts';
import { addMakingRoutes } from './making-routes.ts';

const connector = {
  partner: 'hospital',
  source: { topic: 'rules', key: 'ruleId' },
  inScope: (record: { scope?: string }) => record.scope === 'Hospital',
  map: (record: { ruleId?: string }) => ({ ok: true, document: { id: record.ruleId } }),
  onLeave: 'alert',
  recipe: { folder: { path: 'connectors/hospital', partner: 'hospital', files: new Map([['mapping.json', '{}']]) } },
} as unknown as Connector;
const records: Record<number, object> = {
  1: { ruleId: 'wf-1', scope: 'Hospital' },
  2: { ruleId: 'sp-2', scope: 'Species' },
};

const apps: Array<{ close(): Promise<unknown> }> = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

function opened(actions: readonly Action[], isGuest = false) {
  const app = Fastify();
  apps.push(app);
  const subject: SignedIn = {
    name: 'ann',
    key: 'ann',
    via: 'token',
    isGuestAt: () => isGuest,
    isOver: () => false,
    may: (action) => actions.includes(action),
  };
  const seen: Seen[] = [];
  app.decorateRequest('subject', { getter: () => subject });
  app.decorate('onRecord', async (_request: unknown, one: Seen) => void seen.push(one));
  addMakingRoutes(app, {
    connectors: new Map([['hospital', connector]]),
    read: async (_connector, { offset }) => ({ timestampMs: 0, record: records[offset] as Record<string, unknown> }),
    rehearsals: { try: async () => '{"problems":[],"made":null}' },
  });
  const post = async (path: string, payload: object) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url: `/partners/hospital/${path}`, payload });
    return [statusCode, JSON.parse(body)];
  };
  return { post, seen };
}

test('who looks at a record is on record, and is told what is made of it with the digest of what would be sent', async () => {
  const { post, seen } = opened(['view', 'payload']);
  const [status, body] = await post('made-again', { position: 'rules:3:1', reason: 'why' });
  expect([status, body.made.kind, body.made.digest]).toEqual([
    200,
    'document',
    // SHA-256 of {"id":"wf-1"}
    '73610270d709b7f44cdc049cc8e9e470f9b70372727a66f4c2cbba9514d32f53',
  ]);
  expect(seen).toEqual([
    { partner: 'hospital', what: 'payload', topic: 'rules', partition: 3, offset: 1, ruleId: 'wf-1', reason: 'why' },
  ]);
});

test('what is for others is not shown, and who may not look at payloads sees nothing', async () => {
  const { post, seen } = opened(['view', 'payload']);
  expect((await post('made-again', { position: 'rules:3:2' }))[0]).toBe(404);
  expect(seen).toEqual([]);
  const viewer = opened(['view']);
  expect((await viewer.post('made-again', { position: 'rules:3:1' }))[0]).toBe(403);
  expect((await viewer.post('rehearsal', { position: 'rules:3:1', connector: '', mapping: '' }))[0]).toBe(403);
});

test('files are tried on a record that was opened, and on no other', async () => {
  const { post } = opened(['view', 'payload']);
  const files = { connector: 'mapping: mapping.json', mapping: '{}' };
  expect((await post('rehearsal', { position: 'rules:3:1', ...files }))[0]).toBe(404);
  await post('made-again', { position: 'rules:3:1' });
  expect(await post('rehearsal', { position: 'rules:3:1', ...files })).toEqual([200, { problems: [], made: null }]);
  const long = '\u20ac'.repeat(60_000);
  expect((await post('rehearsal', { position: 'rules:3:1', connector: long, mapping: long }))[0]).toBe(200);
  expect((await post('rehearsal', { position: 'rules:3:9', ...files }))[0]).toBe(404);
});

test('who comes by a link sees what is made, and neither our files nor what is left out', async () => {
  const { post } = opened(['view', 'payload'], true);
  expect(await post('made-again', { position: 'rules:3:1' })).toMatchObject([
    200,
    { made: { kind: 'document' }, record: null, files: null },
  ]);
  expect((await post('rehearsal', { position: 'rules:3:1', connector: '', mapping: '' }))[0]).toBe(403);
});

test.each(['rules:3', '../x:1:1', 'rules:3:-1', 'rules:3:1:1'])('%s is no position', async (position) => {
  expect((await opened(['view', 'payload']).post('made-again', { position }))[0]).toBe(400);
});
