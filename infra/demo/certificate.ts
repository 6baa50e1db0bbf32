// Certificates made on the spot, self-signed or of an authority, for what speaks TLS on this machine: demo partners and tests.
// Nothing secret is in the repository, and no tool is needed.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** One that may sign others. */
export interface Authority extends Certificate {
  readonly commonName: string;
}

export interface CertificateOptions {
  readonly commonName: string;
  /** Absent: it signs itself. */
  readonly issuer?: Authority;
  /** May sign others; default: when it signs itself. */
  readonly isAuthority?: boolean;
  /** DNS names and IPv4 addresses; default localhost. With localhost it is good for the address 127.0.0.1 too. */
  readonly names?: readonly string[];
  /** Milliseconds since 1970, whole seconds of them; default: from yesterday to tomorrow. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

const DAY_MS = 86_400_000;

/** Of 127.0.0.1 and localhost, good for a server and for a client, and an authority of its own; for a day. */
export const makeCertificate = (commonName: string): Certificate => issueCertificate({ commonName });

export function issueCertificate(options: CertificateOptions): Authority {
  const { commonName, issuer, isAuthority = issuer === undefined, names = ['localhost'] } = options;
  const { fromMs = Date.now() - DAY_MS, untilMs = Date.now() + DAY_MS } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = seq(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const loopback = names.includes('localhost') ? ['127.0.0.1'] : [];
  const alternatives = seq(...[...new Set([...loopback, ...names])].map(alternative));
  const critical = tag(0x01, Buffer.from([0xff]));
  const authority = seq(oid('551d13'), critical, tag(0x04, seq(...(isAuthority ? [critical] : []))));
  const body = seq(
    tag(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(issuer?.commonName ?? commonName),
    seq(time(fromMs), time(untilMs)),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, seq(seq(oid('551d11'), tag(0x04, alternatives)), authority)),
  );
  const signature = sign('sha256', body, issuer === undefined ? privateKey : createPrivateKey(issuer.key));
  const der = seq(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    commonName,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** DER: a tag, the length, the content. */
function tag(kind: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([kind, ...size]), content]);
}

const alternative = (name: string): Buffer =>
  isIPv4(name) ? tag(0x87, Buffer.from(name.split('.').map(Number))) : tag(0x82, Buffer.from(name));

const nameOf = (commonName: string): Buffer => seq(tag(0x31, seq(oid('550403'), tag(0x0c, Buffer.from(commonName)))));
const seq = (...parts: readonly Buffer[]): Buffer => tag(0x30, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => tag(0x02, bytes);
const oid = (hex: string): Buffer => tag(0x06, Buffer.from(hex, 'hex'));
const time = (ms: number): Buffer =>
  tag(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`));
