// Tokens of partners: a signature by a known key under a pinned algorithm, and exp, nbf, iat, iss, aud and sub all checked.
// Whatever the token itself says about keys (jwk, jku, x5u, a strange kid) is never followed. Shared by inbound and bridge.
import type { JWTHeaderParameters, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { errors, jwtVerify } from 'jose';
import { fileKeys, KeysAway, remoteKeys } from './jwt-keys.ts';

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Either an address of keys or a key. */
  readonly keys: { readonly jwksUrl: string } | { readonly key: string };
}

/** A closed list: reasons are labels of metrics. */
export type JwtRefusal =
  | 'missing'
  | 'too-large'
  | 'malformed'
  | 'algorithm'
  /** Made for something else: an ID token's logout, a proof of possession, an event, a token inside a token. */
  | 'type'
  | 'unknown-key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet'
  | 'claims'
  /** No key could be fetched: the token may be good, answer 503 rather than 401. */
  | 'keys-away';

export type JwtVerdict =
  | {
      readonly ok: true;
      readonly subject: string;
      /** A connection that outlives this must be closed. */
      readonly expiresAtMs: number;
      readonly claims: Readonly<JWTPayload>;
    }
  | { readonly ok: false; readonly reason: JwtRefusal };

export type JwtVerifier = (token: string | undefined) => Promise<JwtVerdict>;

/** Asymmetric only: with an HS algorithm in the list a public key would do as a secret. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];
/**
 * What `typ` may say (RFC 8725 §3.11): nothing, as with most issuers, that it is a token, or an access token (RFC 9068). The
 * same issuer signs logout tokens, proofs and events with the same keys, for the same audience.
 */
const TYPES = new Set(['jwt', 'at+jwt']);
const MAX_TOKEN_CHARS = 8_192;
const MAX_SUBJECT_CHARS = 256;
/** Clocks of two machines differ by less. */
const TOLERANCE_S = 30;
/** A set may hold several keys that fit a token without a key id; more than these are not tried. */
const MAX_KEYS_TRIED = 4;

/** The token of an `authorization` header; undefined when it carries none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +([^\s]+)$/i.exec(header ?? '')?.[1];
}

/**
 * @param onAway told when the address of the keys fails
 * @throws EssError ESS_CONFIG when the key is not usable
 */
export function createJwtVerifier(
  { issuer, audience, keys }: JwtSettings,
  onAway?: (error: unknown) => void,
): JwtVerifier {
  const options: JWTVerifyOptions = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: TOLERANCE_S,
    requiredClaims: ['exp', 'iss', 'aud', 'sub'],
  };
  const source = 'jwksUrl' in keys ? remoteKeys(keys.jwksUrl, undefined, undefined, onAway) : fileKeys(keys.key);
  return async (token) => {
    if (token === undefined || token === '') return refused('missing');
    if (token.length > MAX_TOKEN_CHARS) return refused('too-large');
    try {
      const { payload, protectedHeader } = await verified(token, source, options);
      return isAccessToken(protectedHeader) ? judged(payload) : refused('type');
    } catch (error) {
      return refused(reasonOf(error));
    }
  };
}

interface Verified {
  readonly payload: JWTPayload;
  readonly protectedHeader: JWTHeaderParameters;
}

async function verified(
  token: string,
  source: ReturnType<typeof fileKeys>,
  options: JWTVerifyOptions,
): Promise<Verified> {
  try {
    return typeof source === 'function'
      ? await jwtVerify(token, source as JWTVerifyGetKey, options)
      : await jwtVerify(token, source, options);
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return anyOf(error, token, options);
    throw error;
  }
}

/** Several keys fit by kind: the one whose signature it is decides, and its verdict on the claims counts. */
async function anyOf(
  fitting: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<Verified> {
  let tried = 0;
  for await (const key of fitting) {
    if (++tried > MAX_KEYS_TRIED) break;
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** A media type without or with `application/`, in any case (RFC 7515 §4.1.9); `cty` announces a token inside this one. */
function isAccessToken({ typ, cty }: { readonly typ?: unknown; readonly cty?: unknown }): boolean {
  if (cty !== undefined) return false;
  return typ === undefined || (typeof typ === 'string' && TYPES.has(typ.toLowerCase().replace(/^application\//, '')));
}

function judged(claims: JWTPayload): JwtVerdict {
  const { sub, exp, iat } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_CHARS) return refused('claims');
  // jose checks iat only together with a greatest age.
  if (iat !== undefined && iat > Date.now() / 1000 + TOLERANCE_S) return refused('not-yet');
  return { ok: true, subject: sub, expiresAtMs: (exp as number) * 1000, claims };
}

const refused = (reason: JwtRefusal): JwtVerdict => ({ ok: false, reason });

const BY_CLAIM: Readonly<Record<string, JwtRefusal>> = { iss: 'issuer', aud: 'audience', nbf: 'not-yet' };

function reasonOf(error: unknown): JwtRefusal {
  if (error instanceof KeysAway) return 'keys-away';
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === 'invalid' ? 'claims' : (BY_CLAIM[error.claim] ?? 'claims');
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown-key';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'malformed';
  if (error instanceof errors.JOSENotSupported) return 'algorithm';
  // Not jose's: Node's crypto says that the key does not fit the algorithm, which the token chose.
  return error instanceof errors.JOSEError ? 'malformed' : 'algorithm';
}
