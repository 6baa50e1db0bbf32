// Certificates for partners that speak TLS, made by the keytool that comes with every Java: nothing secret is in the repository.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PASSPHRASE = 'chaos-run';

export interface Certificate {
  /** For a server: certificate and key. */
  readonly pfx: Buffer;
  readonly passphrase: string;
  /** For a client that is to trust it. */
  readonly pem: string;
}

/** A self-signed certificate of 127.0.0.1. */
export async function makeCertificate(folder: string, name: string): Promise<Certificate> {
  const store = join(folder, `${name}.p12`);
  const keystore = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', PASSPHRASE, '-alias', name];
  const who = ['-dname', `CN=${name}`, '-ext', 'san=ip:127.0.0.1,dns:localhost', '-ext', 'bc=ca:true'];
  await run('keytool', [
    '-genkeypair',
    '-keyalg',
    'EC',
    '-groupname',
    'secp256r1',
    '-validity',
    '2',
    ...keystore,
    ...who,
  ]);
  const { stdout } = await run('keytool', ['-exportcert', '-rfc', ...keystore]);
  return { pfx: readFileSync(store), passphrase: PASSPHRASE, pem: stdout };
}
