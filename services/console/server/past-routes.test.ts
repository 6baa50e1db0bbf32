import type { Connector } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { LockstepAnswer, ShownCell } from '@ess/view/answer.ts';
import { afterAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { OpenAnswers, pastsOf } from '../long-answers.ts';
import type { SignedIn } from '../rights/subject.ts';
import type { ReadPast } from './past-routes.ts';
import { addPastRoutes } from './past-routes.ts';

const AT = '2026-11-24T03:12:00.000Z';
const cell = (ruleId: string, state: ShownCell['state']): ShownCell => ({
  ...{ partner: 'hospital', ruleId, expected: 2, acked: 1, state, since: AT, why: '' },
});
const answer = { at: AT, readTo: {}, partners: [], cells: [cell('wf-1', 'behind'), cell('wf-2', 'inStep')] };
const connectors = new Map(['clinic', 'hospital'].map((partner) => [partner, { partner } as Connector]));
let isSeen = true;
const subject = (key: string): SignedIn => ({
  ...{ name: 'ann', key, via: 'token', isGuestAt: () => false, isOver: () => false },
  may: (_action, partner) => isSeen && partner === 'hospital',
});
const open = new OpenAnswers();
const logged: unknown[] = [];
const onAway = (error: unknown) => void logged.push(String(error));

const apps: Array<{ close(): Promise<unknown> }> = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

function past(read: ReadPast) {
  const app = Fastify({ forceCloseConnections: true });
  apps.push(app);
  app.decorateRequest('subject');
  app.addHook('onRequest', async (request) => {
    request.subject = subject(String(request.headers['key']));
  });
  addPastRoutes(app, { connectors, readPast: read, pasts: pastsOf(open), onAway });
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

test('who leaves ends the reading, another one of the same subject is told to wait, and so is a third one', async () => {
  const begun: Array<() => void> = [];
  const app = past(({ signal }) => {
    for (const tell of begun.splice(0)) tell();
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  });
  const url = `${await app.listen()}/past?at=${AT}`;
  const ask = async (key: string) => {
    const over = new AbortController();
    const reading = new Promise<void>((resolve) => void begun.push(resolve));
    const { status } = await fetch(url, { headers: { key }, signal: over.signal });
    if (status === 200) await reading;
    return { status, leave: () => over.abort() };
  };
  const [first, second] = [await ask('ann'), await ask('bob')];
  expect([(await ask('ann')).status, (await ask('cleo')).status]).toEqual([429, 503]);
  first.leave();
  // Its place is free as soon as its connection is closed.
  let third = await ask('cleo');
  while (third.status === 503) third = await ask('cleo');
  expect(third.status).toBe(200);
  for (const one of [second, third]) one.leave();
});

test('who is signed out, or may not see a partner any more, is told so and no more, and the reading ends', async () => {
  const ends: unknown[] = [];
  const app = past(
    ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          ends.push(signal.reason);
          reject(signal.reason);
        }),
      ),
  );
  const url = `${await app.listen()}/past?at=${AT}&all=true`;
  const asked = await fetch(url);
  isSeen = false;
  open.look();
  expect(
    (await asked.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ read: 0, all: 0 }, { why: expect.stringContaining('signed in no more') }]);
  expect(ends).toHaveLength(1);
  isSeen = true;
});

test('what cannot be read is said without a word of where it is; the log has that', async () => {
  const app = past(() =>
    Promise.reject(new EssError('ESS_REGISTRY', 'the registry at http://10.0.0.9 does not answer')),
  );
  const { body } = await app.inject(`/past?at=${AT}`);
  expect([body.includes('10.0.0.9'), body.includes('cannot be looked up now'), logged]).toEqual([
    ...[false, true],
    [expect.stringContaining('10.0.0.9')],
  ]);
});
