import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
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
import { believed } from './sign-in/oidc.ts';
import { returnPath } from './sign-in/return-to.ts';
import { ACTIONS } from './subject.ts';
import { parseTokens } from './tokens.ts';
import type { Who } from './who.ts';
import { isPersonsName } from './who.ts';

const folder = temporaryFolder({ defer: afterAll });
const KEY = 'a-key-of-the-console';
const oidc = (claims: Record<string, string[]>): Who => ({
  ...{ kind: 'oidc', name: 'ann', issuer: 'i', sub: 'ann' },
  claims,
});

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

test('whom the role of a partner alone lets look is there as that partner, as by a link; another grant that lets them look ends that', () => {
  const rights = parseRights(
    'rights.yaml',
    `
roles: { caller: [replay], reader: [view] }
grants:
  - { to: { org: hospital }, roles: [partner, caller], actions: [export], partners: [hospital] }
  - { to: { org: hospital }, roles: [viewer], partners: [clinic] }
  - { to: { org: both }, roles: [partner], partners: [hospital] }
  - { to: { org: both }, roles: [reader], partners: ["*"] }
  - { to: { org: own }, roles: [partner], actions: [view], partners: [hospital] }
`,
  );
  const guestAt = (org: string, partner: string) => rights.isGuestAt(oidc({ org: [org] }), partner);
  expect([guestAt('hospital', 'hospital'), guestAt('hospital', 'clinic')]).toEqual([true, false]);
  expect([guestAt('both', 'hospital'), guestAt('own', 'hospital')]).toEqual([false, false]);
  expect([rights.isGuestAt(newLink('clinic', 1_000), 'clinic'), guestAt('hospital', 'school')]).toEqual([true, true]);
});

test.each([
  ['grants: x', 'rights.yaml:1 grants: must be a list'],
  ['', 'rights.yaml'],
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
  const mark = /[0-9a-f]{16}$/.exec(tokens.trim())?.[0] ?? '';
  expect(parseTokens('tokens.yaml', tokens).has({ kind: 'token', name: 'wall-display', mark })).toBe(true);
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
  for (const word of ['', 'test']) {
    const hash = createHash('sha256').update(word).digest('hex');
    expect(() => parseTokens('tokens.yaml', `ci: sha256:${hash}\n`)).toThrow('tokens.yaml:1 ci: is the hash of a word');
  }
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

/** What is looked at is looked at again from here on. */
const later = () => Promise.resolve();

test('what has ended stays so: in this console, in the next one, and when the file is taken away', async () => {
  const file = join(folder, 'below', 'ended.jsonl');
  const wrong: string[] = [];
  const ended = new Ended(file, (error) => wrong.push(String(error)), 60_000);
  expect(ended.has('session', 'a', 5)).toBe(false);
  ended.add('session', 'a');
  endNow(file, 'partner', 'hospital', 10);
  await later();
  const next = new Ended(file, () => undefined, 60_000);
  for (const one of [ended, next]) {
    expect([one.has('session', 'a', 5), one.has('session', 'b', 5), one.has('link', 'a', 5)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([one.has('partner', 'hospital', 10), one.has('partner', 'hospital', 11)]).toEqual([true, false]);
  }
  // As a full disk leaves it.
  appendFileSync(file, '{"kind":"sess');
  await later();
  expect([ended.has('session', 'a', 5), wrong]).toEqual([true, []]);
  endNow(file, 'session', 'later', 10);
  await later();
  expect([ended.has('session', 'later', 5), ended.has('session', 'a', 5), wrong]).toEqual([
    true,
    true,
    [expect.stringContaining(`${file}:3: `)],
  ]);
  expect(new Ended(file, () => undefined, 60_000).has('session', 'later', 5)).toBe(true);
  rmSync(file);
  await later();
  expect([ended.has('session', 'a', 5), ended.has('session', 'b', 5)]).toEqual([true, false]);
});

test('while nobody can read what has ended, everything has, and it is said once; who leaves then is out all the same', async () => {
  const file = join(folder, 'unreadable.jsonl');
  const wrong: string[] = [];
  const ended = new Ended(file, (error) => wrong.push(error.message), 60_000);
  mkdirSync(file);
  expect([ended.has('link', 'a', 5), ended.has('link', 'a', 5)]).toEqual([true, true]);
  expect(wrong).toEqual([expect.stringMatching(/unreadable.jsonl .*no link is let in/)]);
  expect(() => new Ended(file, () => undefined, 60_000)).toThrow('unreadable.jsonl');
  expect(() => ended.add('session', 'mine')).toThrow();
  rmdirSync(file);
  await later();
  expect([ended.has('link', 'a', 5), ended.has('session', 'mine', 5)]).toEqual([false, true]);
});

test('the file of what has ended grows with what must be remembered, and not with each time that somebody leaves', () => {
  const file = join(folder, 'long.jsonl');
  const line = (kind: string, id: string, atMs: number) => `${JSON.stringify({ kind, id, atMs })}\n`;
  const nowMs = Date.now();
  const [many, old] = [line('subject', 'link x', nowMs).repeat(20_000), line('link', 'old', nowMs - 120_000)];
  writeFileSync(file, `${line('link', 'first', nowMs)}${old}${many}`);
  const wrong: string[] = [];
  const ended = new Ended(file, (error) => wrong.push(String(error)), 60_000);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  endNow(file, 'link', 'last', nowMs);
  expect(['first', 'old', 'last'].map((id) => ended.has('link', id, 5))).toEqual([true, false, true]);
  expect([ended.has('subject', 'link x', 5), wrong]).toEqual([true, []]);
});

test("an issuer names nobody as a token or a link is called, and an address that it has not verified is nobody's", () => {
  expect(['ann@example.org', "Ann O'Neil", 'tokens'].filter(isPersonsName)).toHaveLength(3);
  for (const name of ['', 'token operator', 'hospital by link x', 'a\u0007', 'a\nb', '\u202eann', 'x'.repeat(201)])
    expect([name, isPersonsName(name)]).toEqual([name, false]);
  for (const email_verified of [undefined, false, 'false', 'true', 1])
    expect(believed({ sub: 's', email: 'ann@example.org', email_verified })).toEqual({ sub: 's', email_verified });
  expect(believed({ email: 'ann@example.org', email_verified: true })).toMatchObject({ email: 'ann@example.org' });
});

test('a file is read again when another one is in its place, and a wrong one keeps the one before', async () => {
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
  await later();
  expect(kept.now).toBe(2);
  writeFileSync(file, '{');
  await later();
  expect([kept.now, kept.now, wrong.length]).toEqual([2, 2, 1]);
  writeFileSync(file, '3');
  await later();
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
