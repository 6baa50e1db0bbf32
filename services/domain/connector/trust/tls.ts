// `deliver.tls`: whose certificates a partner may show, and which one it is shown. Values are PEM texts. What does not fit
// together is found here, not in a handshake that fails for a reason nobody can read.
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { FieldPath } from '../../text/problem.ts';
import type { CheckContext } from '../../values/check-context.ts';
import { addressOf } from '../../values/network.ts';

export interface TlsSettings {
  /** Authorities that may have signed the partner's certificate; absent: the public ones. */
  readonly ca?: string;
  /** The client certificate with its chain, and its key: both or none. */
  readonly cert?: string;
  readonly key?: string;
  /** The name in the partner's certificate, where it is not the host of the URL. */
  readonly servername?: string;
  /** Absent: Node's, TLS 1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** As written: texts with variables. */
export type RawTls = TlsSettings;

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const HOST_NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

/** @param alias `deliver.auth.mtls`, the name that it had before there was `deliver.tls` */
export function compileTls(
  raw: RawTls | undefined,
  alias: RawTls | undefined,
  deliverAt: FieldPath,
  context: CheckContext,
): TlsSettings | undefined {
  const mtlsAt = [...deliverAt, 'auth', 'mtls'];
  if (raw === undefined) return alias && compileOne(alias, mtlsAt, context);
  if (alias !== undefined)
    context.findings.add(mtlsAt, 'deliver.tls is there too', 'move what is here to deliver.tls, and leave this out');
  return compileOne(raw, [...deliverAt, 'tls'], context);
}

function compileOne(raw: RawTls, at: FieldPath, context: CheckContext): TlsSettings {
  const { variables, findings } = context;
  const ca = pemOf('ca', raw, at, context);
  const cert = pemOf('cert', raw, at, context);
  const key = pemOf('key', raw, at, context);
  if (raw.cert !== undefined && raw.key === undefined)
    findings.add([...at, 'cert'], 'has no key', `add key: "\${…_KEY}", the private key of this certificate`);
  if (raw.key !== undefined && raw.cert === undefined)
    findings.add([...at, 'key'], 'has no certificate', `add cert: "\${…_CERT}", the certificate of this key`);
  if (ca !== undefined) certificatesIn(ca, [...at, 'ca'], context);
  const [own] = cert === undefined ? [] : certificatesIn(cert, [...at, 'cert'], context);
  const secret = key === undefined ? undefined : privateKeyOf(key, [...at, 'key'], context);
  if (own && secret && !own.checkPrivateKey(secret))
    findings.add(
      [...at, 'key'],
      'is not the key of the certificate in cert',
      'name the key that the first certificate was made for',
    );
  const servername =
    raw.servername === undefined
      ? undefined
      : variables.text(raw.servername, [...at, 'servername'], { defaults: true });
  if (servername && (addressOf(servername) !== undefined || !HOST_NAME.test(servername)))
    findings.add(
      [...at, 'servername'],
      'is not the name of a host',
      'write the DNS name that stands in the certificate, e.g. partner.example; TLS knows no addresses here',
    );
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername && { servername }),
    ...(raw.minVersion && { minVersion: raw.minVersion }),
  };
}

/** Undefined when it is not asked for, or has no value here (checked without an environment, or told already). */
function pemOf(
  name: 'ca' | 'cert' | 'key',
  raw: RawTls,
  at: FieldPath,
  { variables, findings }: CheckContext,
): string | undefined {
  const text = raw[name];
  if (text === undefined) return undefined;
  const path = [...at, name];
  if (name === 'key' && !text.includes('${') && !text.includes('-----BEGIN ')) {
    findings.add(path, 'names no variable', `write "\${…_KEY}", and set …_KEY_FILE to the path of the .pem file`);
    return undefined;
  }
  const value = name === 'key' ? variables.secret(text, path) : variables.text(text, path);
  if (value === '' || value.includes('-----BEGIN ')) return value || undefined;
  findings.add(path, 'is not a PEM text', `name a variable, and set its _FILE form to the path of the .pem file`);
  return undefined;
}

function certificatesIn(pem: string, at: FieldPath, { findings }: CheckContext): X509Certificate[] {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0)
    findings.add(at, 'holds no certificate', 'it begins with -----BEGIN CERTIFICATE-----: is this the right file?');
  const read: X509Certificate[] = [];
  for (const [index, block] of blocks.entries())
    try {
      read.push(new X509Certificate(block));
    } catch {
      findings.add(at, `certificate ${index + 1} of ${blocks.length} cannot be read`, 'copy it again, whole');
      return [];
    }
  return read;
}

/** The key of a PEM text, or undefined when it was told why it is none; the text is never shown. */
export function privateKeyOf(pem: string, at: FieldPath, { findings }: CheckContext): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    if (pem.includes('ENCRYPTED'))
      findings.add(
        at,
        'is encrypted with a passphrase, which nobody can type here',
        'decrypt it with openssl pkey -in KEY -out PLAIN, and let only this user read the file',
      );
    else
      findings.add(
        at,
        'is not a private key that can be read (its value is not shown here)',
        'name the .pem file of it',
      );
    return undefined;
  }
}
