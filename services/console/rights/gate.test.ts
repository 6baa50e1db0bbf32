import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import type { GateOptions } from './gate.ts';
import { Gate } from './gate.ts';
import { stampOf } from './kept-file.ts';
import { linkText, newLink } from './link.ts';

const folder = temporaryFolder({ defer: afterAll });
const at = (name: string) => join(folder, name);
const KEY = 'a-key-of-the-console';
/** What is looked at is looked at again from here on. */
const later = () => Promise.resolve();
const GRANT = 'grants: [{ to: { token: ci }, roles: [viewer], partners: ["*"] }]';

function open(token = newApiKey()) {
  writeFileSync(at('rights.yaml'), GRANT);
  writeFileSync(at('tokens.yaml'), `ci: ${token.hash}`);
  const wrong: string[] = [];
  const told: Array<readonly [event: string, fields: object]> = [];
  const log = {
    info: (fields: object, event: string) => void told.push([event, fields]),
    warn: (fields: object, event: string) => void told.push([event, fields]),
    error: (fields: { error: string }) => void wrong.push(fields.error),
  } as unknown as GateOptions['log'];
  const looks: string[] = [];
  let nowMs = Date.now();
  const gate = new Gate({
    ...{ rights: at('rights.yaml'), tokens: at('tokens.yaml'), ended: at('ended.jsonl'), proxies: [], keys: [KEY] },
    ...{ idleMs: 3_600_000, sessionMs: 3_600_000, onEnded: () => undefined, log, nowMs: () => nowMs },
    lookAt: (file) => {
      looks.push(basename(file));
      return stampOf(file);
    },
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { gate, wrong, token, told, looks, pass };
}

/** What a browser holds. */
function browser(headers: Record<string, string> = {}, ip = '127.0.0.1'): FastifyRequest {
  const held = new Map<string, unknown>();
  const empty = () => held.clear();
  const session = {
    get: (name: string) => held.get(name),
    set: (name: string, value: unknown) => held.set(name, value),
    ...{ regenerate: empty, delete: empty },
  };
  return { headers, session, ip } as unknown as FastifyRequest;
}

test('whoever comes and goes without end writes no file without end, and is out each time', async () => {
  const { gate, wrong } = open();
  const link = linkText(newLink('hospital', 60_000), KEY);
  const size = () => readFileSync(at('ended.jsonl'), 'utf8').split('\n').length;
  const other = browser();
  expect(gate.enterByLink(other, link)).toBe(true);
  for (let times = 0; times < 105; times += 1) {
    const one = browser();
    expect(gate.enterByLink(one, link)).toBe(true);
    const copy = browser();
    copy.session.set('visit', one.session.get('visit') as never);
    gate.leave(one, false);
    await later();
    expect(gate.find(copy)).toBeUndefined();
  }
  expect([size() < 110, gate.find(other), wrong]).toEqual([true, undefined, []]);
});

test('the last token and the last grant are taken away as any other: at once', async () => {
  const { gate, wrong, token } = open();
  const bearer = browser({ authorization: `Bearer ${token.key}` });
  const may = () => gate.find(bearer)?.may('view', 'hospital');
  expect(may()).toBe(true);
  writeFileSync(at('rights.yaml'), 'grants: []\n');
  await later();
  expect(may()).toBe(false);
  writeFileSync(at('rights.yaml'), GRANT);
  writeFileSync(at('tokens.yaml'), '# none\n');
  await later();
  expect([gate.find(bearer), wrong]).toEqual([undefined, []]);
});

test('whoever comes, is refused and leaves is in the log by name and whole address, and what they have shown is not', () => {
  const { gate, told, token } = open();
  const one = browser({}, '2001:db8:0:0:1::a');
  expect([gate.enterByToken(one, 'secret-of-mine'), gate.enterByToken(one, token.key)]).toEqual([false, true]);
  gate.leave(one, false);
  const link = newLink('hospital', 60_000);
  expect(gate.enterByLink(browser({ 'x-forwarded-for': '192.0.2.1' }, '::ffff:192.0.2.7'), linkText(link, KEY))).toBe(
    true,
  );
  expect(told).toEqual([
    ['console.sign-in-failed', { error: 'no such token', way: 'token', address: '2001:db8::1:0:0:a' }],
    ['console.signed-in', { subject: 'token ci', address: '2001:db8::1:0:0:a', way: 'token' }],
    ['console.signed-out', { subject: 'token ci', address: '2001:db8::1:0:0:a', everywhere: false }],
    ['console.signed-in', { subject: `hospital by link ${link.id}`, address: '192.0.2.7', way: 'link' }],
  ]);
});

test('whoever tries tokens or links is slowed down, in the form and as a bearer; nobody at another address is', () => {
  const { gate, told, token, pass } = open();
  const from = (bearer: string, ip: string) => browser({ authorization: `Bearer ${bearer}` }, ip);
  const slowed = expect.objectContaining({ statusCode: 429, afterS: 10, message: expect.stringContaining('in 10 s') });
  const thrown = (act: () => unknown) => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };
  for (let tries = 0; tries < 10; tries += 1)
    expect(thrown(() => gate.find(from(`wrong-${tries}`, `2001:db8::${tries}`)))).toBeUndefined();
  const here = browser({}, '2001:db8::ff');
  // Also the right one is not looked at: it would tell whether it was right.
  for (const act of [
    () => gate.find(from(token.key, '2001:db8::ff')),
    () => gate.enterByToken(here, token.key),
    () => gate.enterByLink(here, linkText(newLink('hospital', 60_000), KEY)),
  ])
    expect(thrown(act)).toEqual(slowed);
  expect(told.at(-1)).toEqual([
    'console.sign-in-failed',
    { error: 'too many tries from there', way: 'link', address: '2001:db8::ff' },
  ]);
  expect(gate.enterByToken(browser({}, '2001:db8:0:1::1'), token.key)).toBe(true);
  pass(10_000);
  expect(gate.enterByToken(here, token.key)).toBe(true);
});

test('of a turn of the feed each file is looked at once, however many listen and however many partners there are', async () => {
  const { gate, token, looks } = open();
  const listening = Array.from({ length: 20 }, () => {
    const one = browser();
    gate.enterByToken(one, token.key);
    return gate.find(one);
  });
  await later();
  looks.length = 0;
  const turn = () =>
    listening.flatMap((one) =>
      Array.from({ length: 50 }, (_, at) => one?.isGuestAt(`p${at}`) || one?.may('view', `p${at}`)),
    );
  expect(turn().filter((may) => may)).toHaveLength(1_000);
  expect(looks.sort()).toEqual(['ended.jsonl', 'rights.yaml', 'tokens.yaml']);
  await later();
  turn();
  expect(looks).toHaveLength(6);
});
