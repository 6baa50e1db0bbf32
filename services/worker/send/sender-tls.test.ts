// A partner's certificates over real sockets: what is wrong with them is said in words that a person can act on.
import { once } from 'node:events';
import type { ServerOptions } from 'node:https';
import type { TlsSettings } from '@ess/domain/connector/trust/tls.ts';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { TlsPartner } from '@ess/test/fakes/tls-partner.ts';
import { closeSenders, openSender, post, stoppedClock } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';

const HOUR_MS = 3_600_000;
/** Less than a test has patience for an answer. */
const MINUTES_MS = 300_000;
const authority = issueCertificate({ commonName: 'county authority' });
const other = issueCertificate({ commonName: 'another authority' });
const between = issueCertificate({ commonName: 'between', issuer: authority, isAuthority: true });
const good = issueCertificate({ commonName: 'partner', issuer: authority });
const own = issueCertificate({ commonName: 'ess', issuer: authority });
const leaf = issueCertificate({ commonName: 'partner', issuer: between });
const chained = { key: leaf.key, cert: leaf.cert + between.cert };
const of = (options: Partial<Parameters<typeof issueCertificate>[0]>) =>
  issueCertificate({ commonName: 'partner', issuer: authority, ...options });
const ca = authority.cert;
/** What OpenSSL needs to be told before it speaks what nobody should. */
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
const ASKS = { requestCert: true, rejectUnauthorized: true, ca };

afterEach(closeSenders);

describe('a partner that is trusted', () => {
  test.each<readonly [name: string, server: ServerOptions, tls: TlsSettings]>([
    ['by its authority alone', good, { ca }],
    ['by one of several authorities', good, { ca: other.cert + authority.cert }],
    ['through a certificate between', chained, { ca }],
    ['that is shown a client certificate', { ...good, ...ASKS }, { ca, cert: own.cert, key: own.key }],
    ['that is asked for by another name', of({ names: ['partner.example'] }), { ca, servername: 'partner.example' }],
    ['that speaks what is asked for', good, { ca, minVersion: 'TLSv1.3' }],
  ])('%s', async (_name, server, tls) => {
    await using partner = await TlsPartner.start(server);
    expect(await post(openSender(partner.url, { tls })).answer).toEqual({ kind: 'answered', status: 204 });
  });

  test('is asked by the name of servername (SNI)', async () => {
    await using partner = await TlsPartner.start(of({ names: ['partner.example'] }));
    const connected = once(partner.server, 'secureConnection');
    await post(openSender(partner.url, { tls: { ca, servername: 'partner.example' } })).answer;
    const [socket] = (await connected) as [{ servername: string }];
    expect(socket.servername).toBe('partner.example');
  });
});

describe('a partner that is not trusted gets nothing', () => {
  test.each<readonly [name: string, server: ServerOptions, tls: TlsSettings | undefined, told: RegExp]>([
    ['expired', of({ untilMs: Date.now() - HOUR_MS }), { ca }, /^CERT_HAS_EXPIRED: .*has to renew it$/],
    ['not valid yet', of({ fromMs: Date.now() + HOUR_MS }), { ca }, /^CERT_NOT_YET_VALID: .*clock/],
    [
      'wrong host',
      of({ names: ['partner.example'] }),
      { ca },
      /^ERR_TLS_CERT_ALTNAME_INVALID: .*deliver\.tls\.servername$/,
    ],
    ['wrong servername', good, { ca, servername: 'partner.example' }, /^ERR_TLS_CERT_ALTNAME_INVALID: /],
    [
      'self-signed',
      issueCertificate({ commonName: 'partner' }),
      undefined,
      /^DEPTH_ZERO_SELF_SIGNED_CERT: .*deliver\.tls\.ca/,
    ],
    [
      'unknown authority',
      { ...good, cert: good.cert + ca },
      undefined,
      /^SELF_SIGNED_CERT_IN_CHAIN: .*deliver\.tls\.ca/,
    ],
    ['another authority than ours', good, { ca: other.cert }, /^UNABLE_TO_VERIFY_LEAF_SIGNATURE: .*deliver\.tls\.ca/],
    [
      'a certificate between is left out',
      of({ issuer: between }),
      { ca },
      /^UNABLE_TO_VERIFY_LEAF_SIGNATURE: .*between/,
    ],
    [
      'an authority of the same name',
      of({ issuer: issueCertificate({ commonName: 'county authority' }) }),
      { ca },
      /^CERT_SIGNATURE_FAILURE: .*deliver\.tls\.ca/,
    ],
    ['TLS 1.1', { ...good, ...OLD }, { ca }, /(PROTOCOL|VERSION).*: it speaks no version of TLS that is allowed here/],
    [
      'TLS 1.2 where 1.3 is asked for',
      { ...good, maxVersion: 'TLSv1.2' },
      { ca, minVersion: 'TLSv1.3' },
      /VERSION: it speaks no version .*minVersion/,
    ],
  ])('%s', async (_name, server, tls, told) => {
    await using partner = await TlsPartner.start(server);
    const answer = await post(openSender(partner.url, tls && { tls })).answer;
    expect(answer).toEqual({ kind: 'unreachable', code: expect.stringMatching(told) });
    expect(partner.received).toEqual([]);
  });

  test.each<readonly [version: 'TLSv1.2' | 'TLSv1.3', told: RegExp]>([
    ['TLSv1.2', /ALERT_HANDSHAKE_FAILURE: .*deliver\.tls\.cert/],
    ['TLSv1.3', /ALERT_CERTIFICATE_REQUIRED: .*deliver\.tls\.cert/],
  ])('it asks for a client certificate, and there is none: %s', async (maxVersion, told) => {
    await using partner = await TlsPartner.start({ ...good, ...ASKS, maxVersion });
    const answer = await post(openSender(partner.url, { tls: { ca } })).answer;
    expect(answer).toEqual({ kind: 'unreachable', code: expect.stringMatching(told) });
    expect(partner.received).toEqual([]);
  });

  test('it speaks no TLS', async () => {
    await using partner = await FakePartner.start();
    const answer = await post(openSender(`https://localhost:${partner.port}/`, { tls: { ca } })).answer;
    expect(answer).toEqual({ kind: 'unreachable', code: expect.stringMatching(/: it speaks no TLS at this port/) });
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED changes nothing', async () => {
    await using partner = await TlsPartner.start(issueCertificate({ commonName: 'partner' }));
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await post(openSender(partner.url)).answer).toMatchObject({ kind: 'unreachable' });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

test('a connection whose certificate ends takes no new request, and the next one is made anew', async () => {
  await using partner = await TlsPartner.start(of({ untilMs: Date.now() + MINUTES_MS }));
  const resumed: boolean[] = [];
  partner.server.on('secureConnection', (socket) => void resumed.push(socket.isSessionReused()));
  using clock = stoppedClock();
  const sender = openSender(partner.url, { tls: { ca }, connections: 1 });
  for (let n = 0; n < 2; n += 1) expect(await post(sender).answer).toMatchObject({ status: 204 });
  expect(resumed).toEqual([false]);
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    partner.status = () =>
      new Promise((answered) => {
        answer = () => answered(204);
        resolve();
      });
  });
  const inFlight = post(sender);
  await asked;
  clock.pass(MINUTES_MS);
  partner.status = () => 204;
  expect(await post(sender).answer).toMatchObject({ status: 204 });
  // Without the session of before, by which no certificate would be seen.
  expect([resumed, inFlight.answers]).toEqual([[false, false], []]);
  answer();
  expect(await inFlight.answer).toMatchObject({ status: 204 });
});
