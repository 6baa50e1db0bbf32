// API keys of partners. The key is shown once, when it is made; connectors hold its hash. A key carries 256 random bits,
// so a plain SHA-256 is enough: there is nothing to guess and nothing to slow down.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Scanners for leaked secrets, and people, know a key by it. */
const PREFIX = 'ess_';
const MAX_KEY_CHARS = 200;
const HASH = 'sha256:';

export interface NewApiKey {
  readonly key: string;
  /** For `access.apiKeyHashes` of a connector. */
  readonly hash: string;
}

export function newApiKey(): NewApiKey {
  const key = PREFIX + randomBytes(32).toString('base64url');
  return { key, hash: hashApiKey(key) };
}

export const hashApiKey = (key: string): string => HASH + sha256(key).toString('hex');

/**
 * Finds whose key it is. Every hash is compared, in constant time, whichever fits.
 * @param hashes pairs of `sha256:…` and its owner
 */
export function apiKeyOwners<T>(
  hashes: Iterable<readonly [hash: string, owner: T]>,
): (given: unknown) => T | undefined {
  const known = [...hashes].map(([hash, owner]) => ({ digest: Buffer.from(hash.slice(HASH.length), 'hex'), owner }));
  return (given) => {
    const usable = typeof given === 'string' && given !== '' && given.length <= MAX_KEY_CHARS;
    const digest = sha256(usable ? given : '');
    let found: T | undefined;
    for (const { digest: wanted, owner } of known)
      if (wanted.length === digest.length && timingSafeEqual(wanted, digest) && usable) found = owner;
    return found;
  };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
