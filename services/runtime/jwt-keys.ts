// Where the keys that verify tokens come from: a file, read once, or a JWKS address, cached. An address that fails is no
// open door: the last good set serves for an hour, and after that nobody is let in until the address answers again.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { EssError } from '@ess/domain/error.ts';
import type { JSONWebKeySet, JWKSCacheInput, JWTVerifyGetKey } from 'jose';
import { createLocalJWKSet, createRemoteJWKSet, errors, jwksCache } from 'jose';

/** No key can be had: says nothing about the token. */
export class KeysAway extends Error {}

export interface RemoteKeyTimes {
  /** One request for the set. */
  readonly timeoutMs: number;
  /** How long a set serves before it is fetched again. */
  readonly freshMs: number;
  /** How long the last good set serves while the address fails; a withdrawn key lives on for at most this long. */
  readonly staleMs: number;
  /** After a failure the address rests this long, and a key id that is not in the set is asked for again after this long. */
  readonly restMs: number;
}

const TIMES: RemoteKeyTimes = { timeoutMs: 3_000, freshMs: 600_000, staleMs: 3_600_000, restMs: 5_000 };

/** @param url https, or http on this machine (the settings check that) */
export function remoteKeys(url: string, times: RemoteKeyTimes = TIMES, nowMs = Date.now): JWTVerifyGetKey {
  const cache = {} as JWKSCacheInput & { uat?: number; jwks?: JSONWebKeySet };
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: times.timeoutMs,
    cacheMaxAge: times.freshMs,
    cooldownDuration: times.restMs,
    [jwksCache]: cache,
  });
  let restUntilMs = 0;
  const stale: JWTVerifyGetKey = (header, token) => {
    if (cache.jwks === undefined || cache.uat === undefined || nowMs() - cache.uat > times.staleMs)
      throw new KeysAway(`no keys from ${new URL(url).origin}`);
    return createLocalJWKSet(cache.jwks)(header, token);
  };
  return async (header, token) => {
    if (nowMs() < restUntilMs) return stale(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      restUntilMs = nowMs() + times.restMs;
      return stale(header, token);
    }
  };
}

/**
 * @param text a public key (PEM), or a JWK Set as JSON
 * @throws EssError ESS_CONFIG when it is neither, or holds a private or a symmetric key
 */
export function fileKeys(text: string): JWTVerifyGetKey | KeyObject {
  return text.trimStart().startsWith('{') ? setOf(text) : pemKey(text);
}

function pemKey(text: string): KeyObject {
  if (text.includes('PRIVATE KEY'))
    throw new EssError('ESS_CONFIG', 'ESS_JWT_KEY holds a private key: give the public one, the private key signs');
  try {
    return createPublicKey(text);
  } catch (cause) {
    throw new EssError('ESS_CONFIG', 'ESS_JWT_KEY is no public key (PEM) and no JWK Set (JSON)', { cause });
  }
}

function setOf(text: string): JWTVerifyGetKey {
  try {
    const set = JSON.parse(text) as JSONWebKeySet;
    const wrong = set.keys.find((key) => key.kty === 'oct' || 'd' in key);
    if (wrong) throw new EssError('ESS_CONFIG', 'ESS_JWT_KEY holds a secret key: only public keys belong there');
    return createLocalJWKSet(set);
  } catch (cause) {
    if (cause instanceof EssError) throw cause;
    throw new EssError('ESS_CONFIG', 'ESS_JWT_KEY is no JWK Set: {"keys": [ … ]} with public keys', { cause });
  }
}
