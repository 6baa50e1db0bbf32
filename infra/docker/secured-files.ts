// What a secured Kafka under Compose is entered with: an authority, certificates for who comes with one, a password for each user.
// Compose hands each file to the containers that need it (docker-compose.secure.yml), and there it is read by whatever user the image
// runs as: so the files may be read by all, and the folder around them by its owner alone.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';
import type { Authority } from '../demo/certificate.ts';
import { issueCertificate } from '../demo/certificate.ts';

/** Nobody restarts Kafka for a certificate in that time; `ess doctor` says when one ends. */
const LIFE_MS = 2 * 365 * 86_400_000;
const AUTHORITY = 'ca.pem';
/** In no container. */
const AUTHORITY_KEY = 'ca-key.pem';
/** Java reads key and certificate from one file; the administrator is a program of ours, and has two. */
const CERTIFICATES = [
  { key: 'kafka.pem', cert: 'kafka.pem', commonName: 'ess-broker', names: ['localhost', 'kafka'] },
  { key: 'ess-registry.pem', cert: 'ess-registry.pem', commonName: 'ess-registry', names: [] },
  { key: 'ess-admin-key.pem', cert: 'ess-admin.pem', commonName: 'ess-admin', names: [] },
] as const;

/**
 * What is there stays as it is, so that one's own may be put there before. @returns the files that were made
 * @throws EssError ESS_CONFIG when a certificate is missing and nothing is there that could sign one
 */
export function makeSecuredFiles(folder: string, users: readonly string[]): string[] {
  const made: string[] = [];
  const isThere = (name: string) => existsSync(join(folder, name));
  const put = (name: string, text: string, mode = 0o444) => {
    writeFileSync(join(folder, name), text, { mode });
    made.push(name);
  };
  chmodSync(folder, 0o700);
  const missing = CERTIFICATES.filter(({ cert }) => !isThere(cert));
  if (!isThere(AUTHORITY) || missing.length > 0) {
    const authority = openAuthority(
      folder,
      missing.map(({ cert }) => cert),
    );
    if (!isThere(AUTHORITY)) {
      put(AUTHORITY_KEY, authority.key, 0o400);
      put(AUTHORITY, authority.cert);
    }
    const untilMs = Date.now() + LIFE_MS;
    for (const one of missing) {
      const { key, cert } = issueCertificate({ ...one, issuer: authority, untilMs });
      if (one.key !== one.cert) put(one.key, key);
      put(one.cert, one.key === one.cert ? `${key}${cert}` : cert);
    }
  }
  for (const user of users.filter((one) => !isThere(`${one}.password`)))
    put(`${user}.password`, `${randomBytes(24).toString('base64url')}\n`);
  return made;
}

/** The one that is there, or a new one. */
function openAuthority(folder: string, missing: readonly string[]): Authority {
  const [cert, key] = [AUTHORITY, AUTHORITY_KEY].map((name) => join(folder, name)) as [string, string];
  const commonName = 'ESS authority of this folder';
  if (!existsSync(cert)) return issueCertificate({ commonName, untilMs: Date.now() + 2 * LIFE_MS });
  if (existsSync(key)) return { commonName, cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  throw new EssError(
    'ESS_CONFIG',
    `${folder} has an authority of your own (${AUTHORITY}), and no ${missing.join(', ')}: put those there, too, or take ${AUTHORITY} away`,
  );
}
