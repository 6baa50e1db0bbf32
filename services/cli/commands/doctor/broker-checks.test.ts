// What the doctor finds before anybody logs in: real sockets, and certificates that are not what they should be.
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { CertificateOptions } from '@ess/infra/demo/certificate.ts';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkBrokers } from './broker-checks.ts';

const DAY_MS = 86_400_000;
const nowMs = Date.now();
const authority = issueCertificate({ commonName: 'authority', untilMs: nowMs + 400 * DAY_MS });
const other = issueCertificate({ commonName: 'another authority', untilMs: nowMs + 400 * DAY_MS });
const good = { commonName: 'broker', issuer: authority, untilMs: nowMs + 100 * DAY_MS };
const BROKERS: Readonly<Record<string, CertificateOptions>> = {
  good,
  'ends soon': { ...good, untilMs: nowMs + 10.5 * DAY_MS },
  ended: { ...good, fromMs: nowMs - 3 * DAY_MS, untilMs: nowMs - 2 * DAY_MS },
  'not yet': { ...good, fromMs: nowMs + 2 * DAY_MS },
  'another name': { ...good, names: ['kafka.example'] },
};
const servers: Server[] = [];
const addresses = new Map<string, string>();

async function listening(name: string, server: Server): Promise<void> {
  servers.push(server);
  server.on('connection', (socket) => socket.on('error', () => undefined));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  addresses.set(name, `127.0.0.1:${(server.address() as AddressInfo).port}`);
}

beforeAll(async () => {
  for (const [name, options] of Object.entries(BROKERS)) {
    const { cert, key } = issueCertificate(options);
    await listening(name, createTlsServer({ cert, key }));
  }
  // Answers a hello of TLS as Kafka does that expects none.
  await listening(
    'no TLS',
    createServer((socket) => socket.once('data', () => socket.destroy())),
  );
  await listening('away', createServer());
  await new Promise((closed) => servers.at(-1)?.close(closed));
});
afterAll(() => {
  for (const server of servers) server.close();
});

const ca = { text: authority.cert };
const found = async (name: string, tls: Parameters<typeof checkBrokers>[0]['tls']) => {
  const broker = addresses.get(name) as string;
  const all = await checkBrokers({ brokers: [broker], ...(tls && { tls }) }, 30);
  return all
    .filter(({ status }) => status !== 'ok')
    .map(({ status, check, told, remedy }) => `${status} ${check}: ${told.replace(broker, 'BROKER')} → ${remedy}`);
};
const RENEW = 'renew it: a new file is taken up without a restart';
const RENEW_BROKER = 'renew the certificate of the broker, or set the clock here right';

test('a broker that is there, with a certificate of the authority that is trusted, is well', async () => {
  expect(await found('good', { ca })).toEqual([]);
});

test.each([
  [
    'away',
    undefined,
    /^fail broker: BROKER takes no connection: .*ECONNREFUSED.* → start Kafka, or look at KAFKA_BROKERS/,
  ],
  ['good', undefined, /^warn tls: BROKER is reached without TLS → set KAFKA_SSL=true/],
  ['ends soon', { ca }, `warn tls: the certificate of BROKER is good for 10 days → ${RENEW}`],
  ['ended', { ca }, `fail tls: BROKER: certificate has expired → ${RENEW_BROKER}`],
  ['not yet', { ca }, `fail tls: BROKER: certificate is not yet valid → ${RENEW_BROKER}`],
  [
    'another name',
    { ca },
    /^fail tls: BROKER: .*does not match.* → use the name that is in the certificate of the broker/,
  ],
  [
    'good',
    { ca: { text: other.cert } },
    /^fail tls: BROKER: .*certificate.* → set KAFKA_SSL_CA to the authority that signed/,
  ],
  ['no TLS', { ca }, /^fail tls: BROKER: .* → this port may speak no TLS: look at KAFKA_SSL/],
])('broker: %s', async (name, tls, told) => {
  const all = await found(name, tls);
  expect(all).toEqual([typeof told === 'string' ? told : expect.stringMatching(told)]);
});

test('certificates that we bring: ended, ending, and what is none', async () => {
  const own = (untilMs: number) => {
    const { cert, key } = issueCertificate({ commonName: 'ess-worker', issuer: authority, fromMs: 0, untilMs });
    return { ca, cert: { text: cert }, key: { text: key } };
  };
  expect(await found('good', own(nowMs - DAY_MS))).toEqual([`fail tls: KAFKA_SSL_CERT has expired → ${RENEW}`]);
  expect(await found('good', own(nowMs + 3.5 * DAY_MS))).toEqual([
    `warn tls: KAFKA_SSL_CERT is good for 3 days → ${RENEW}`,
  ]);
  const broken = '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n';
  expect(await found('good', { ca, cert: { text: broken }, key: own(nowMs).key })).toEqual([
    expect.stringMatching(/^fail tls: BROKER: .* → look at KAFKA_SSL_CA, _CERT and _KEY$/),
    expect.stringMatching(/^fail tls: KAFKA_SSL_CERT is no certificate: .* → set KAFKA_SSL_CERT_FILE to a PEM file$/),
  ]);
});
