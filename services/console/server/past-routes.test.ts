import type { Connector } from '@ess/domain/connector/connector.ts';
import type { LockstepAnswer, ShownCell } from '@ess/view/answer.ts';
import { afterAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import type { SignedIn } from '../rights/subject.ts';
import type { ReadPast } from './past-routes.ts';
import { addPastRoutes } from './past-routes.ts';

const AT = '2026-11-24T03:12:00.000Z';
const cell = (ruleId: string, state: ShownCell['state']): ShownCell => ({
  ...{ partner: 'hospital', ruleId, expected: 2, acked: 1, state, since: AT, why: '' },
});
const answer = { at: AT, readTo: {}, partners: [], cells: [cell('wf-1', 'behind'), cell('wf-2', 'inStep')] };
const connectors = new Map(['clinic', 'hospital'].map((partner) => [partner, { partner } as Connector]));
const subject: SignedIn = {
  name: 'ann',
  via: 'token',
  isOver: () => false,
  may: (_action, partner) => partner === 'hospital',
};

const apps: Array<{ close(): Promise<unknown> }> = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

function past(read: ReadPast) {
  const app = Fastify();
  apps.push(app);
  app.decorateRequest('subject', { getter: () => subject });
  addPastRoutes(app, connectors, read);
  return app;
}

test('how far the reading is comes first, then what was found, of partners that are to be seen', async () => {
  const app = past(async ({ connectors: asked, atMs, onProgress }, question) => {
    expect([asked.map(({ partner }) => partner), atMs, question]).toEqual([
      ['hospital'],
      Date.parse(AT),
      { all: true },
    ]);
    onProgress?.(1, 2);
    return answer as LockstepAnswer;
  });
  const { body } = await app.inject(`/past?at=${AT}&all=true&rule=WF-2`);
  expect(
    body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { read: 0, all: 0 },
    { read: 1, all: 2 },
    { at: AT, partners: [], total: 1, cells: [cell('wf-2', 'inStep')], notKnown: [] },
  ]);
});

test('what is to come, and what is no time, is refused by its name', async () => {
  const app = past(async () => answer as LockstepAnswer);
  for (const at of ['2999-01-01T00:00Z', 'soon', ''])
    expect([at, (await app.inject(`/past?at=${at}`)).statusCode]).toEqual([at, 400]);
  expect((await app.inject(`/past?at=${AT}&state=gone`)).statusCode).toBe(400);
});

test('who leaves ends the reading, and a third at once is told to wait', async () => {
  const begun = Promise.withResolvers<void>();
  let reading = 0;
  const app = past(async ({ signal }) => {
    reading += 1;
    if (reading === 2) begun.resolve();
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    return answer as LockstepAnswer;
  });
  const url = `${await app.listen()}/past?at=${AT}`;
  const over = new AbortController();
  const two = [1, 2].map(() => fetch(url, { signal: over.signal }));
  await begun.promise;
  expect((await app.inject(`/past?at=${AT}`)).statusCode).toBe(503);
  await Promise.all(two);
  over.abort();
  // Both have let go as soon as their connections are closed.
  for (let status = 503; status === 503; ) {
    const again = new AbortController();
    const asked = await fetch(url, { signal: again.signal });
    status = asked.status;
    again.abort(); // also the one that was let in
  }
});
