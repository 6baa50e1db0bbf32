import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import type { DeliveryFacts } from './request.ts';
import { buildBatchRequest, buildRequest, digestOf } from './request.ts';
import { sign, signed } from './signing/signature.ts';

const FACTS: DeliveryFacts = {
  id: 'THteMEubFkvSrgKpe5akxQ',
  eventId: 'e-1',
  version: 7,
  attempt: 2,
  nowMs: 1_795_000_000_999,
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
};
const DOCUMENT = { bedCap: 10, start: '2026-11-24', note: 'Straße ✓' };
const SECRETS = ['one', 'two'].map(
  (name) => `whsec_${Buffer.from(`secret-number-${name}-24-bytes`).toString('base64')}`,
);

const deliver = (more: Parameters<typeof makeConnector>[2] = {}) =>
  makeConnector('hospital', 'https://h.example/x', more).deliver;
const headersOf = (facts: Partial<DeliveryFacts>) => buildRequest(deliver(), DOCUMENT, { ...FACTS, ...facts }).headers;

test('a delivery says who, what, which version and which attempt', () => {
  expect(buildRequest(deliver(), DOCUMENT, { ...FACTS, cursor: 'c1', replayId: 'r-9' })).toEqual({
    body: JSON.stringify(DOCUMENT),
    headers: {
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^ess\//),
      'webhook-id': FACTS.id,
      'webhook-timestamp': '1795000000',
      'ess-event-id': 'e-1',
      'ess-rule-version': '7',
      'ess-attempt': '2',
      'ess-cursor': 'c1',
      'ess-replay': 'r-9',
      traceparent: FACTS.traceparent,
    },
  });
});

test('a version that no number holds goes out digit for digit', () => {
  const facts = { ...FACTS, version: 9_007_199_254_740_993n };
  expect(headersOf(facts)['ess-rule-version']).toBe('9007199254740993');
  const { body } = buildBatchRequest(deliver(), [{ document: DOCUMENT, facts }]);
  expect(body).toContain('"version":9007199254740993,');
});

test('what is not known is left out', () => {
  const names = Object.keys(headersOf({ eventId: null }));
  for (const name of ['ess-event-id', 'ess-cursor', 'ess-replay', 'webhook-signature', 'authorization'])
    expect(names).not.toContain(name);
});

describe('the signature', () => {
  /** Verified by the library that partners use, which also refuses old timestamps. */
  const verify = (secret: string, signSecrets: string[], body?: string) => {
    const request = signed(buildRequest(deliver(), DOCUMENT, { ...FACTS, nowMs: Date.now() }), signSecrets);
    return new Webhook(secret).verify(body ?? String(request.body), request.headers);
  };

  test('is what a partner with the secret verifies over id, timestamp and body', () => {
    expect(verify(SECRETS[0]!, [SECRETS[0]!])).toEqual(DOCUMENT);
  });

  test('is there once per secret, so that either one verifies during a rotation', () => {
    for (const secret of SECRETS) expect(verify(secret, SECRETS)).toEqual(DOCUMENT);
    expect(sign(SECRETS, 'id', 0, 'body').split(' ')).toHaveLength(2);
  });

  test('is refused with another secret or for another body', () => {
    expect(() => verify(SECRETS[1]!, [SECRETS[0]!])).toThrow('No matching signature found');
    expect(() => verify(SECRETS[0]!, [SECRETS[0]!], '{"bedCap":11}')).toThrow('No matching signature found');
  });

  test('covers the credentials in the body', () => {
    const auth = { body: { 'auth.token': 'planted-secret' } };
    const request = buildRequest(deliver({ deliver: { auth } }), DOCUMENT, { ...FACTS, nowMs: Date.now() });
    const { body, headers } = signed(request, SECRETS);
    expect(new Webhook(SECRETS[0]!).verify(String(body), headers)).toEqual({
      ...DOCUMENT,
      auth: { token: 'planted-secret' },
    });
  });
});

describe('credentials', () => {
  test('in the body are added to a copy: the document stays as it was mapped', () => {
    const document = { bedCap: 1, auth: { kind: 'k' } };
    const auth = { body: { 'auth.token': 's3cret-token', key: 'other-secret' } };
    const { body } = buildRequest(deliver({ deliver: { auth } }), document, FACTS);
    expect(JSON.parse(String(body))).toEqual({
      ...{ bedCap: 1, auth: { kind: 'k', token: 's3cret-token' }, key: 'other-secret' },
    });
    expect(document).toEqual({ bedCap: 1, auth: { kind: 'k' } });
  });

  test('in headers, and a fresh OAuth token as bearer', () => {
    const auth = { headers: { 'x-api-key': 'key-1' } };
    const { headers } = buildRequest(deliver({ deliver: { auth } }), DOCUMENT, FACTS, 'token-1');
    expect(headers).toMatchObject({ 'x-api-key': 'key-1', authorization: 'Bearer token-1' });
  });
});

test('the digest is that of the document before credentials: it tells rules apart and knows no secret', () => {
  const digest = digestOf(JSON.stringify(DOCUMENT));
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  for (const token of ['secret-1', 'secret-2']) {
    signed(buildRequest(deliver({ deliver: { auth: { body: { token } } } }), DOCUMENT, FACTS), SECRETS);
    expect(digestOf(JSON.stringify(DOCUMENT))).toBe(digest);
  }
  expect(digestOf(JSON.stringify({ ...DOCUMENT, bedCap: 11 }))).not.toBe(digest);
});

describe('an event id', () => {
  test.each([
    ['plain-id_1:2/3', 'plain-id_1:2/3'],
    ['two words', 'two%20words'],
    ['line\r\nx-injected: 1', 'line%0D%0Ax-injected%3A%201'],
    ['Straße', 'Stra%C3%9Fe'],
    ['', ''],
    ['x'.repeat(300), 'x'.repeat(256)],
    [`${'x'.repeat(255)}\u{1f525}`, `${'x'.repeat(255)}%EF%BF%BD`], // cut inside a surrogate pair
  ])('%j goes out as a header', (eventId, expected) => {
    expect(headersOf({ eventId })['ess-event-id']).toBe(expected);
  });

  test('whatever a publisher wrote, it is a header that can be sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 400 }), (eventId) => {
        expect(headersOf({ eventId })['ess-event-id']).toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });
});
