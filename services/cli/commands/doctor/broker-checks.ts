// Before anybody logs in: does each broker take a connection, and whose certificates are these?
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { openSocket } from '@ess/stream/login/broker-socket.ts';
import { TlsMaterial, textNow } from '@ess/stream/login/material.ts';
import type { Finding } from './finding.ts';
import { doubtful, well, wrong } from './finding.ts';

const ANSWER_WITHIN_MS = 3_000;
const DAY_MS = 86_400_000;

/** By what Node says of a handshake. */
const REMEDIES: ReadonlyArray<readonly [RegExp, string]> = [
  [/EXPIRED|NOT_YET/, 'renew the certificate of the broker, or set the clock here right'],
  [/ALTNAME/, 'use the name that is in the certificate of the broker in KAFKA_BROKERS, or put this name into it'],
  [/SELF_SIGNED|UNABLE_TO|ISSUER/, 'set KAFKA_SSL_CA to the authority that signed the certificate of the broker'],
  [
    /EPROTO|WRONG_VERSION|RESET|closed/,
    'this port may speak no TLS: look at KAFKA_SSL, and at the listeners of the broker',
  ],
];

export async function checkBrokers(access: KafkaAccess, expiryDays: number): Promise<Finding[]> {
  const found = await Promise.all(access.brokers.map((broker) => checkBroker(broker, access, expiryDays)));
  return [...found.flat(), ...checkOwn(access, expiryDays)];
}

async function checkBroker(broker: string, { tls }: KafkaAccess, expiryDays: number): Promise<Finding[]> {
  try {
    (await opened(broker)).destroy();
  } catch (error) {
    const remedy = 'start Kafka, or look at KAFKA_BROKERS and at what is between here and there';
    return [wrong('broker', `${broker} takes no connection: ${(error as Error).message}`, remedy)];
  }
  const reached = well('broker', `${broker} takes connections`);
  if (!tls)
    return [
      reached,
      doubtful('tls', `${broker} is reached without TLS`, 'set KAFKA_SSL=true where others are on the way'),
    ];
  try {
    const socket = (await opened(broker, new TlsMaterial(tls).now())) as TLSSocket;
    const until = Date.parse(socket.getPeerCertificate().valid_to);
    socket.destroy();
    return [reached, expiry(`the certificate of ${broker}`, until, expiryDays)];
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const remedy =
      REMEDIES.find(([said]) => said.test(`${code} ${message}`))?.[1] ?? 'look at KAFKA_SSL_CA, _CERT and _KEY';
    return [reached, wrong('tls', `${broker}: ${message}`, remedy)];
  }
}

/** Of the certificates that we bring. */
function checkOwn({ tls }: KafkaAccess, expiryDays: number): Finding[] {
  return (['ca', 'cert'] as const).flatMap((name) => {
    const material = tls?.[name];
    if (!material) return [];
    const what = `KAFKA_SSL_${name.toUpperCase()}`;
    try {
      return [expiry(what, Date.parse(new X509Certificate(textNow(material)).validTo), expiryDays)];
    } catch (error) {
      return [wrong('tls', `${what} is no certificate: ${(error as Error).message}`, `set ${what}_FILE to a PEM file`)];
    }
  });
}

function expiry(what: string, untilMs: number, expiryDays: number): Finding {
  const days = Math.floor((untilMs - Date.now()) / DAY_MS);
  const told = `${what} is good for ${days} days`;
  if (days < 0) return wrong('tls', `${what} has expired`, 'renew it: a new file is taken up without a restart');
  return days < expiryDays
    ? doubtful('tls', told, 'renew it: a new file is taken up without a restart')
    : well('tls', told);
}

function opened(broker: string, tls?: SecureContext): Promise<Socket> {
  const socket = openSocket(broker, tls);
  return new Promise((resolve, reject) => {
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error(`no answer in ${ANSWER_WITHIN_MS / 1_000} s`)));
    socket.once(tls ? 'secureConnect' : 'connect', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}
