// Where the keys that verify tokens come from: a file, read once, or a JWKS address, cached. An address that fails is no
// open door: the last good set serves for an hour, and after that nobody is let in until the address answers again.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { parseStrictJson } from '@ess/domain/mapping/strict-json.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { JSONWebKeySet, JWK, JWKSCacheInput, JWTVerifyGetKey } from 'jose';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwksCache } from 'jose';
import { boundedRequest } from './bounded-request.ts';
import { Reach } from './reach.ts';

/** No key can be had: says nothing about the token. */
export class KeysAway extends Error {}

/** A set of a hundred keys with their certificates. */
const SET_MAX_BYTES = 262_144;
const SET_LEVELS = 16;
const KEYS_MAX = 100;
/** Over plain http keys could be anybody's, except from this machine. */
const THIS_MACHINE = ['127.0.0.0/8', '::1'];
/** Parts of a private key (RFC 7518 §6.2.2, §6.3.2) or a secret one (§6.4): whoever reads the set can sign with it. */
const SECRET_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

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

/**
 * @param url https, or http on this machine
 * @param onAway told each time that the address has failed, with what is wrong in words of ours
 */
export function remoteKeys(
  url: string,
  times: RemoteKeyTimes = TIMES,
  nowMs = Date.now,
  onAway: (error: unknown) => void = () => undefined,
): JWTVerifyGetKey {
  const address = new URL(url);
  const reach = address.protocol === 'https:' ? undefined : new Reach('http:', THIS_MACHINE);
  const cache = {} as JWKSCacheInput & { uat?: number; jwks?: JSONWebKeySet };
  const remote = createRemoteJWKSet(address, {
    timeoutDuration: times.timeoutMs,
    cacheMaxAge: times.freshMs,
    cooldownDuration: times.restMs,
    [jwksCache]: cache,
    [customFetch]: () => fetchSet(address, times.timeoutMs, reach),
  });
  let restUntilMs = 0;
  const stale: JWTVerifyGetKey = (header, token) => {
    if (cache.jwks === undefined || cache.uat === undefined || nowMs() - cache.uat > times.staleMs)
      throw new KeysAway(`no keys from ${address.origin}`);
    return createLocalJWKSet(cache.jwks)(header, token);
  };
  return async (header, token) => {
    if (nowMs() < restUntilMs) return stale(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      if (nowMs() >= restUntilMs) onAway(error); // of requests that failed together, the first says it
      restUntilMs = nowMs() + times.restMs;
      return stale(header, token);
    }
  };
}

/** @throws NoAnswer; EssError ESS_CONFIG for an answer that is no set of keys */
async function fetchSet(url: URL, timeoutMs: number, reach: Reach | undefined): Promise<Response> {
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const asked = { method: 'GET', headers, maxBytes: SET_MAX_BYTES, timeoutMs, ...(reach && { reach }) } as const;
  const { status, text } = await boundedRequest(url, asked);
  const wrong = (what: string) => new EssError('ESS_CONFIG', `${url.origin} gave no JWK Set: ${what}`);
  if (status !== 200) throw wrong(`it answered ${status}`);
  const parsed = parseStrictJson(text, SET_LEVELS);
  if (!parsed.ok) throw wrong(parsed.message);
  const { keys } = (parsed.value ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw wrong('it has no list of keys');
  if (keys.length > KEYS_MAX) throw wrong(`it has more than ${KEYS_MAX} keys`);
  return Response.json({ keys: keys.filter(isPublic) });
}

/** Only such keys of a set from an address count: with another one anybody could sign, or nobody can verify. */
function isPublic(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null || SECRET_PARTS.some((part) => part in key)) return false;
  const { kty, kid, alg, use } = key as Record<string, unknown>;
  const texts = [kid, alg, use].every((value) => value === undefined || typeof value === 'string');
  return texts && (kty === 'RSA' || kty === 'EC' || kty === 'OKP');
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
    const wrong = set.keys.find((key) => key.kty === 'oct' || SECRET_PARTS.some((part) => part in key));
    if (wrong) throw new EssError('ESS_CONFIG', 'ESS_JWT_KEY holds a secret key: only public keys belong there');
    return createLocalJWKSet(set);
  } catch (cause) {
    if (cause instanceof EssError) throw cause;
    throw new EssError('ESS_CONFIG', 'ESS_JWT_KEY is no JWK Set: {"keys": [ … ]} with public keys', { cause });
  }
}
