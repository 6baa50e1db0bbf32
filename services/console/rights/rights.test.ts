import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { Ended, endNow } from './ended.ts';
import { compileGlob } from './glob.ts';
import { KeptFile } from './kept-file.ts';
import { linkText, newLink, readLink } from './link.ts';
import { BUILT_IN_ROLES } from './rights.ts';
import { parseRights } from './rights-file.ts';
import { returnPath } from './sign-in/return-to.ts';
import { ACTIONS } from './subject.ts';
import { parseTokens } from './tokens.ts';
import type { Who } from './who.ts';

const folder = temporaryFolder({ defer: afterAll });
const KEY = 'a-key-of-the-console';
const oidc = (claims: Record<string, string[]>): Who => ({ kind: 'oidc', name: 'ann', claims });

test.each([
  ['*', ['', 'hospital'], []],
  ['hospital', ['hospital'], ['hospital-2', 'xhospital', 'Hospital']],
  ['county-*', ['county-', 'county-ems'], ['county', 'a county-ems']],
  ['*-*-x', ['a-b-x', '--x'], ['a-x', 'a-b-y']],
  ['a*a', ['aa', 'aba'], ['a']],
  ['.*', ['.x'], ['x']],
])('a glob takes its stars for anything and all else as it is: %s', (glob, fits, others) => {
  const matches = compileGlob(glob);
  expect(fits.filter((name) => !matches(name))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});

const RIGHTS = `
roles:
  night: [view, pause]
grants:
  - to: { groups: ess-ops }
    roles: [operator]
    partners: ["*"]
  - to: { email: ann@example.org }
    roles: [night]
    actions: [audit]
    partners: [county-*]
  - to: { token: ci }
    roles: [viewer]
    partners: [hospital]
`;

test('rights are subjects × partners × actions, and of claims only what they name is kept', () => {
  const rights = parseRights('rights.yaml', RIGHTS);
  const may = (who: Who, partner: string) => ACTIONS.filter((action) => rights.may(who, action, partner));
  expect(may(oidc({ groups: ['ess-ops'] }), 'hospital')).toEqual(ACTIONS);
  expect(may(oidc({ email: ['ann@example.org'] }), 'county-ems')).toEqual(['view', 'pause', 'audit']);
  expect(may(oidc({ email: ['ann@example.org'] }), 'hospital')).toEqual([]);
  // A claim that is called as tokens are is no token, and a token no claim.
  expect(may(oidc({ token: ['ci'], constructor: ['x'] }), 'hospital')).toEqual([]);
  expect(may({ kind: 'token', name: 'ci', mark: '' }, 'hospital')).toEqual(['view']);
  expect(may({ kind: 'token', name: 'ess-ops', mark: '' }, 'hospital')).toEqual([]);
  expect(may(newLink('hospital', 1_000), 'hospital')).toEqual(BUILT_IN_ROLES['partner']);
  expect(may(newLink('hospital', 1_000), 'county-ems')).toEqual([]);
  const told = { groups: ['staff', 'ess-ops'], email: 'bob@example.org', token: 'ci', phone: '112', sub: 's' };
  expect(rights.named(told)).toEqual({ groups: ['ess-ops'] });
});

test.each([
  ['grants: []', 'rights.yaml:1 grants: must be a list'],
  ['grants:\n - to: { groups: a, email: b }\n   roles: [viewer]\n   partners: ["*"]', 'rights.yaml:2'],
  ['grants:\n - to: { groups: a }\n   roles: [viewr]\n   partners: ["*"]', 'did you mean "viewer"?'],
  ['grants:\n - to: { groups: a }\n   actions: [replai]\n   partners: ["*"]', 'did you mean "replay"?'],
  ['grants:\n - to: { groups: a }\n   partners: ["*"]', 'grants nothing'],
  ['grants:\n - to: { groups: a }\n   roles: [viewer]', 'partners: is missing'],
  ['grants:\n - to: { groups: a }\n   roles: [viewer]\n   partners: ["*"]\n   partner: b', 'did you mean "partners"?'],
  ['roles:\n  viewer: [drop]\ngrants:\n - to: { groups: a }\n   roles: [viewer]\n   partners: ["*"]', 'is built in'],
  ['grants: [', 'rights.yaml:'],
])('a wrong file of rights is refused with its line, field and remedy: %j', (text, said) => {
  expect(() => parseRights('rights.yaml', text)).toThrow(said);
});

test('the files of docs/console.md are right', () => {
  const page = readFileSync(new URL('../../../docs/console.md', import.meta.url), 'utf8');
  const [rights = '', tokens = ''] = ['rights', 'tokens'].map(
    (name) => page.split(`\`\`\`yaml\n# ${name}.yaml\n`)[1]?.split('```')[0] ?? '',
  );
  const display: Who = { kind: 'token', name: 'wall-display', mark: '' };
  expect(parseRights('rights.yaml', rights).may(display, 'view', 'hospital')).toBe(true);
  expect(parseTokens('tokens.yaml', tokens).holderOf('test')).toMatchObject({ name: 'wall-display' });
  for (const [role, actions] of Object.entries(BUILT_IN_ROLES))
    for (const action of actions) expect(page.split(`| ${role} | `)[1]?.split('\n')[0]).toContain(`\`${action}\``);
});

test('a token is known by its hash, and one that is gone or was made anew is another one', () => {
  const [first, second] = [newApiKey(), newApiKey()];
  const tokens = parseTokens('tokens.yaml', `ci: ${first.hash}\n`);
  const holder = tokens.holderOf(first.key);
  expect(holder).toMatchObject({ kind: 'token', name: 'ci' });
  expect(tokens.holderOf(second.key) ?? tokens.holderOf(first.hash) ?? tokens.holderOf('')).toBeUndefined();
  const later = parseTokens('tokens.yaml', `ci: ${second.hash}\n`);
  expect([tokens.has(holder as never), later.has(holder as never)]).toEqual([true, false]);
  expect(() => parseTokens('tokens.yaml', `ci: ${first.key}\n`)).toThrow(/tokens.yaml:1 ci: .*--console-token/);
  expect(() => parseTokens('tokens.yaml', `ci: ${first.key}\n`)).not.toThrow(first.key);
});

test('a link is signed, ends at its time, and opens one partner', () => {
  const link = newLink('hospital', 60_000, 1_000);
  const text = linkText(link, KEY);
  expect(readLink(text, ['another', KEY], 2_000)).toEqual(link);
  expect(readLink(text, [KEY], 61_000)).toBeUndefined();
  expect(readLink(text, ['another-key-of-it'], 2_000)).toBeUndefined();
  const said = (partner: string) => Buffer.from(JSON.stringify([link.id, partner, 1_000, 9e15])).toString('base64url');
  for (const forged of [`${said('clinic')}.${text.split('.')[1]}`, said('clinic'), `${said('clinic')}.`, '', 7, null])
    expect(readLink(forged, [KEY], 2_000)).toBeUndefined();
});

test('what has ended stays so: in this console, in the next one, and when the file is taken away', () => {
  const file = join(folder, 'below', 'ended.jsonl');
  const wrong: string[] = [];
  const ended = new Ended(file, (error) => wrong.push(String(error)));
  expect(ended.has('session', 'a', 5)).toBe(false);
  ended.add('session', 'a');
  endNow(file, 'partner', 'hospital', 10);
  const next = new Ended(file, () => undefined);
  for (const one of [ended, next]) {
    expect([one.has('session', 'a', 5), one.has('session', 'b', 5), one.has('link', 'a', 5)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([one.has('partner', 'hospital', 10), one.has('partner', 'hospital', 11)]).toEqual([true, false]);
  }
  appendFileSync(file, 'no line of ours\n');
  expect([ended.has('session', 'a', 5), wrong]).toEqual([true, [expect.stringContaining(`${file}:3`)]]);
  rmSync(file);
  expect(ended.has('session', 'a', 5)).toBe(true);
});

test('a file is read again when another one is in its place, and a wrong one keeps the one before', () => {
  const file = join(folder, 'kept');
  const wrong: string[] = [];
  writeFileSync(file, '1');
  const kept = new KeptFile(
    file,
    (text) => JSON.parse(text) as number,
    (error) => wrong.push(String(error)),
  );
  writeFileSync(`${file}-new`, '2');
  renameSync(`${file}-new`, file);
  expect(kept.now).toBe(2);
  writeFileSync(file, '{');
  expect([kept.now, kept.now, wrong.length]).toEqual([2, 2, 1]);
  writeFileSync(file, '3');
  expect(kept.now).toBe(3);
});

test.each([
  ['/', '/'],
  ['/a/b?c=d#/partner/x', '/a/b?c=d#/partner/x'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/x/..//evil.example', '/'],
  ['/.//evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['evil', '/'],
  [undefined, '/'],
  [['/a', '/b'], '/'],
])('one goes on to a path of this console and nowhere else: %j', (given, path) => {
  expect(returnPath(given)).toBe(path);
});
