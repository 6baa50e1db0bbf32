import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { Gate } from './gate.ts';
import { linkText, newLink } from './link.ts';

const folder = temporaryFolder({ defer: afterAll });
const at = (name: string) => join(folder, name);
const KEY = 'a-key-of-the-console';
const GRANT = 'grants: [{ to: { token: ci }, roles: [viewer], partners: ["*"] }]';

function open(token = newApiKey()) {
  writeFileSync(at('rights.yaml'), GRANT);
  writeFileSync(at('tokens.yaml'), `ci: ${token.hash}`);
  const wrong: string[] = [];
  const gate = new Gate({
    ...{ rights: at('rights.yaml'), tokens: at('tokens.yaml'), ended: at('ended.jsonl'), proxies: [], keys: [KEY] },
    ...{ idleMs: 3_600_000, sessionMs: 3_600_000, onEnded: () => undefined },
    onWrong: (error) => wrong.push(error.message),
  });
  return { gate, wrong, token };
}

/** What a browser holds. */
function browser(headers: Record<string, string> = {}): FastifyRequest {
  const held = new Map<string, unknown>();
  const empty = () => held.clear();
  const session = {
    get: (name: string) => held.get(name),
    set: (name: string, value: unknown) => held.set(name, value),
    ...{ regenerate: empty, delete: empty },
  };
  return { headers, session, ip: '127.0.0.1' } as unknown as FastifyRequest;
}

test('whoever comes and goes without end writes no file without end, and is out each time', () => {
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
    expect(gate.find(copy)).toBeUndefined();
  }
  expect([size() < 110, gate.find(other), wrong]).toEqual([true, undefined, []]);
});

test('the last token and the last grant are taken away as any other: at once', () => {
  const { gate, wrong, token } = open();
  const bearer = browser({ authorization: `Bearer ${token.key}` });
  const may = () => gate.find(bearer)?.may('view', 'hospital');
  expect(may()).toBe(true);
  writeFileSync(at('rights.yaml'), 'grants: []\n');
  expect(may()).toBe(false);
  writeFileSync(at('rights.yaml'), GRANT);
  writeFileSync(at('tokens.yaml'), '# none\n');
  expect([gate.find(bearer), wrong]).toEqual([undefined, []]);
});
