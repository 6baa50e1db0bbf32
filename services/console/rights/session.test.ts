import type { ConsoleAccess } from '@ess/runtime/settings/console-settings.ts';
import { afterAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { addSessions, begin } from './session.ts';

const apps: Array<{ close(): Promise<unknown> }> = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

async function opened(keys: readonly string[], secure = false) {
  const app = Fastify();
  apps.push(app);
  await addSessions(app, { keys, sessionMs: 3_600_000 } as unknown as ConsoleAccess, secure);
  app.get('/in', (request) => begin(request, { kind: 'token', name: 'ci', mark: '' }, Date.now()).id);
  app.get('/', (request) => request.session.get('visit')?.id ?? 'nobody');
  return async (url: string, cookie = '') => {
    const { body, headers } = await app.inject({ url, headers: { cookie } });
    const set = String(headers['set-cookie'] ?? '');
    return { body, set, cookie: set.split(';', 1)[0] ?? '' };
  };
}

test('by TLS the cookie is one that no other host, and nobody on the way, can have set', async () => {
  const { set } = await (await opened(['a key of mine'], true))('/in');
  expect(set).toMatch(/^__Host-ess-console=[^;]+;/);
  for (const attribute of [/; Secure/, /; HttpOnly/, /; SameSite=Lax/, /; Path=\/(;|$)/])
    expect(set).toMatch(attribute);
  expect(set).not.toMatch(/; Domain/i);
  expect((await (await opened(['a key of mine']))('/in')).set).toMatch(/^ess-console=(?!.*Secure)/);
});

test('keys are renewed without an end of sessions: the first one seals, all open, and what an old one has sealed is sealed anew', async () => {
  const [before, both, after] = [await opened(['old']), await opened(['new', 'old']), await opened(['new'])];
  const { body: id, cookie } = await before('/in');
  const moved = await both('/', cookie);
  expect([(await after('/', cookie)).body, moved.body]).toEqual(['nobody', id]);
  expect((await after('/', moved.cookie)).body).toBe(id);
});
