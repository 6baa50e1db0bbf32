import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import type { SignatureRefusal } from './webhook-signature.ts';
import { createSignatureVerifier } from './webhook-signature.ts';

const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
const [ours, next, theirs] = [secret(), secret(), secret()];
const BODY = '{"bedsFree":3,"ward":"Verbrennungen – Süd"}';
const verify = createSignatureVerifier([ours, next]);
const at = (offsetS: number) => String(Math.floor(Date.now() / 1000) + offsetS);
const mac = (key: string, id: string, timestamp: string, body = BODY) =>
  `v1,${createHmac('sha256', Buffer.from(key.replace('whsec_', ''), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64')}`;

function headers(change: Record<string, string | undefined> = {}, key = ours): Record<string, string> {
  const id = change['webhook-id'] ?? 'msg_1';
  const timestamp = change['webhook-timestamp'] ?? at(0);
  const all = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': mac(key, id, timestamp),
    ...change,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>;
}
const check = (given: Record<string, string>, body = BODY) => verify(given, Buffer.from(body));

test.each([
  ['standardwebhooks', (key: string, id: string, time: Date) => new Standard(key).sign(id, time, BODY)],
  ['svix', (key: string, id: string, time: Date) => new Svix(key).sign(id, time, BODY)],
])('what the package %s signs opens, under each secret of a rotation, and under no other', (_, sign) => {
  const time = new Date();
  const timestamp = String(Math.floor(time.getTime() / 1000));
  const signed = (key: string) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': timestamp,
    'webhook-signature': sign(key, 'msg_1', time),
  });
  expect(check(signed(ours))).toEqual({ ok: true, id: 'msg_1' });
  expect(check(signed(next))).toEqual({ ok: true, id: 'msg_1' });
  expect(check(signed(theirs))).toEqual({ ok: false, reason: 'mismatch' });
});

test('the header names of Svix are understood', () => {
  const timestamp = at(0);
  const signed = { 'svix-id': 'msg_2', 'svix-timestamp': timestamp, 'svix-signature': mac(ours, 'msg_2', timestamp) };
  expect(check(signed)).toEqual({ ok: true, id: 'msg_2' });
});

test('several signatures: one that fits is enough, wherever it is; other versions are passed over', () => {
  const timestamp = at(0);
  const good = mac(ours, 'msg_1', timestamp);
  const bad = mac(theirs, 'msg_1', timestamp);
  for (const list of [`${bad} ${good}`, `${good} ${bad}`, `v1a,AAAA v2,x ${good}`])
    expect(check(headers({ 'webhook-signature': list, 'webhook-timestamp': timestamp }))).toMatchObject({ ok: true });
});

test('the tolerance is five minutes, in both directions', () => {
  for (const offset of [-290, 0, 290])
    expect(check(headers({ 'webhook-timestamp': at(offset) }))).toMatchObject({ ok: true });
});

const fitting = (change: Record<string, string> = {}) => headers(change)['webhook-signature'] as string;
const ATTACKS: ReadonlyArray<readonly [string, SignatureRefusal, () => Record<string, string>, string?]> = [
  ['no signature at all', 'missing', () => ({ 'content-type': 'application/json' })],
  ['an id and a time without a signature', 'malformed', () => headers({ 'webhook-signature': undefined })],
  ['a replayed message of six minutes ago', 'timestamp', () => headers({ 'webhook-timestamp': at(-360) })],
  ['a message from the future', 'timestamp', () => headers({ 'webhook-timestamp': at(360) })],
  [
    'an old message with a fresh timestamp',
    'mismatch',
    () => ({ ...headers({ 'webhook-timestamp': at(-360) }), 'webhook-timestamp': at(0) }),
  ],
  ['a message under another id', 'mismatch', () => ({ ...headers(), 'webhook-id': 'msg_2' })],
  ['a changed body', 'mismatch', () => headers(), BODY.replace('3', '4')],
  ['a body with a space more', 'mismatch', () => headers(), `${BODY} `],
  ["somebody else's secret", 'mismatch', () => headers({}, theirs)],
  ['an empty secret', 'mismatch', () => headers({}, '')],
  ['a truncated MAC', 'malformed', () => headers({ 'webhook-signature': fitting().slice(0, 24) })],
  ['a MAC of zero bytes', 'malformed', () => headers({ 'webhook-signature': 'v1,' })],
  [
    'a MAC with a byte more',
    'malformed',
    () =>
      headers({
        'webhook-signature': `v1,${Buffer.concat([Buffer.from(fitting().slice(3), 'base64'), Buffer.alloc(1)]).toString('base64')}`,
      }),
  ],
  [
    'a MAC in base64url',
    'malformed',
    () => headers({ 'webhook-signature': `v1,${Buffer.alloc(32, 255).toString('base64url')}` }),
  ],
  ['a MAC in hexadecimal', 'malformed', () => headers({ 'webhook-signature': `v1,${'ab'.repeat(32)}` })],
  ['the MAC without its version', 'malformed', () => headers({ 'webhook-signature': fitting().slice(3) })],
  [
    'a version that we do not know',
    'malformed',
    () => headers({ 'webhook-signature': fitting().replace('v1,', 'v9,') }),
  ],
  [
    'a thousand signatures',
    'malformed',
    () =>
      headers({
        'webhook-signature': Array(1000)
          .fill(`v1,${Buffer.alloc(32).toString('base64')}`)
          .join(' '),
      }),
  ],
  [
    'the right one after eight wrong ones',
    'malformed',
    () =>
      headers({
        'webhook-signature': [...Array(8).fill(`v1,${Buffer.alloc(32).toString('base64')}`), fitting()].join(' '),
      }),
  ],
  ['a timestamp that is no number', 'malformed', () => headers({ 'webhook-timestamp': 'now' })],
  ['a timestamp in hexadecimal', 'malformed', () => headers({ 'webhook-timestamp': '0x6924' })],
  ['a timestamp with a sign', 'malformed', () => headers({ 'webhook-timestamp': `+${at(0)}` })],
  ['a timestamp in milliseconds', 'malformed', () => headers({ 'webhook-timestamp': `${at(0)}000` })],
  ['two timestamps', 'malformed', () => headers({ 'webhook-timestamp': `${at(0)}, ${at(0)}` })],
  ['an empty id', 'malformed', () => headers({ 'webhook-id': '' })],
  ['an id without end', 'malformed', () => headers({ 'webhook-id': 'x'.repeat(300) })],
];

test.each(ATTACKS)('refused: %s', (_, reason, make, body = BODY) => {
  expect(check(make(), body)).toEqual({ ok: false, reason });
});

test('id and timestamp cannot be shifted against each other', () => {
  // "a.1" + "2" and "a" + "1.2" sign the same text; a timestamp with a dot is refused.
  const signature = mac(ours, 'a', `1.${at(0)}`);
  expect(check({ 'webhook-id': 'a.1', 'webhook-timestamp': at(0), 'webhook-signature': signature })).toMatchObject({
    ok: true,
  });
  expect(check({ 'webhook-id': 'a', 'webhook-timestamp': `1.${at(0)}`, 'webhook-signature': signature })).toMatchObject(
    { ok: false },
  );
});
