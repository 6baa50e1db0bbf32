// `deliver.auth.oauth2ClientCredentials`: how a token is asked for, resolved, and checked for what no token endpoint could take.
import type { FieldPath } from '../../text/problem.ts';
import type { CheckContext } from '../../values/check-context.ts';
import { privateKeyOf } from './tls.ts';

/** How the client shows who it is (RFC 6749 §2.3.1, RFC 7523 §2.2). */
type Shown =
  | { readonly authentication: 'basic' | 'post'; readonly clientSecret: string }
  | { readonly authentication: 'privateKeyJwt'; readonly assertion: ClientAssertion };

export type ClientCredentials = TokenQuestion & Shown;

interface TokenQuestion {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope?: string;
  readonly audience?: string;
  /** RFC 8707. */
  readonly resource?: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A JWT that the client signs instead of showing a secret. */
export interface ClientAssertion {
  /** PEM. */
  readonly privateKey: string;
  readonly keyId?: string;
  readonly algorithm: string;
  /** Whom it is meant for: the token endpoint, or its issuer. */
  readonly audience: string;
}

export interface RawClientCredentials {
  readonly tokenUrl?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly resource?: string | readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly authentication?: ClientCredentials['authentication'];
  readonly privateKey?: string;
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly assertionAudience?: string;
}

/** Have a field of their own, or are ours to set. */
const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'audience',
  'resource',
]);
const FIELDS_OF_KEY = ['privateKey', 'keyId', 'algorithm', 'assertionAudience'] as const;

export function compileClientCredentials(
  raw: RawClientCredentials,
  at: FieldPath,
  context: CheckContext,
): ClientCredentials {
  const { variables, findings } = context;
  const authentication = raw.authentication ?? 'basic';
  const tokenUrl = variables.text(raw.tokenUrl ?? '', [...at, 'tokenUrl'], { defaults: true });
  const clientSecret =
    raw.clientSecret === undefined ? '' : variables.secret(raw.clientSecret, [...at, 'clientSecret']);
  const shown: Shown =
    authentication === 'privateKeyJwt'
      ? { authentication, assertion: compileAssertion(raw, tokenUrl, at, context) }
      : { authentication, clientSecret };
  if (authentication === 'privateKeyJwt') {
    if (raw.clientSecret !== undefined)
      findings.add([...at, 'clientSecret'], 'is not used with privateKeyJwt', 'leave it out: the key takes its place');
  } else {
    if (raw.clientSecret === undefined)
      findings.add(
        [...at, 'clientSecret'],
        'is missing',
        'add it, or set authentication: privateKeyJwt and privateKey',
      );
    for (const name of FIELDS_OF_KEY)
      if (raw[name] !== undefined)
        findings.add(
          [...at, name],
          `is not used with ${authentication}`,
          'leave it out, or set authentication: privateKeyJwt',
        );
  }
  const resource = raw.resource === undefined ? undefined : resourcesOf(raw.resource, at, context);
  const parameters = raw.parameters && parametersOf(raw.parameters, [...at, 'parameters'], context);
  return {
    tokenUrl,
    clientId: variables.text(raw.clientId ?? '', [...at, 'clientId']),
    ...shown,
    ...(raw.scope !== undefined && { scope: raw.scope }),
    ...(raw.audience !== undefined && {
      audience: variables.text(raw.audience, [...at, 'audience'], { defaults: true }),
    }),
    ...(resource && { resource }),
    ...(parameters && { parameters }),
  };
}

function compileAssertion(
  raw: RawClientCredentials,
  tokenUrl: string,
  at: FieldPath,
  context: CheckContext,
): ClientAssertion {
  const { variables, findings } = context;
  const keyAt = [...at, 'privateKey'];
  if (raw.privateKey === undefined) findings.add(keyAt, 'is missing', 'add it: privateKeyJwt signs with it');
  const privateKey = raw.privateKey === undefined ? '' : variables.secret(raw.privateKey, keyAt);
  const key = privateKey === '' ? undefined : privateKeyOf(privateKey, keyAt, context);
  const fitting =
    key === undefined ? undefined : algorithmsOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  if (fitting?.length === 0)
    findings.add(keyAt, 'is a key that no signature of a JWT is made with', 'make one of RSA, P-256 or Ed25519');
  const algorithm = raw.algorithm ?? fitting?.[0] ?? '';
  if (fitting?.[0] !== undefined && !fitting.includes(algorithm))
    findings.add(
      [...at, 'algorithm'],
      `${algorithm} does not fit the key`,
      `use ${fitting.join(', ')}, or another key`,
    );
  const audience = raw.assertionAudience;
  return {
    privateKey,
    algorithm,
    ...(raw.keyId !== undefined && { keyId: variables.text(raw.keyId, [...at, 'keyId'], { defaults: true }) }),
    audience:
      audience === undefined ? tokenUrl : variables.text(audience, [...at, 'assertionAudience'], { defaults: true }),
  };
}

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const BY_CURVE: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};

/** The one to use unless another is asked for stands first. */
function algorithmsOf(type: string | undefined, curve = ''): readonly string[] {
  if (type === 'rsa') return RSA;
  if (type === 'rsa-pss') return RSA.slice(3);
  if (type === 'ed25519') return ['EdDSA'];
  return type === 'ec' ? (BY_CURVE[curve] ?? []) : [];
}

function resourcesOf(
  raw: string | readonly string[],
  at: FieldPath,
  { variables, findings }: CheckContext,
): readonly string[] {
  const isOne = typeof raw === 'string';
  return (isOne ? [raw] : raw).map((text, index) => {
    const path = isOne ? [...at, 'resource'] : [...at, 'resource', index];
    const value = variables.text(text, path, { defaults: true });
    const url = URL.parse(value);
    if (value !== '' && (url === null || value.includes('#')))
      findings.add(
        path,
        'is not an absolute URI without a fragment',
        'write it as the provider names it, e.g. https://partner.example/api',
      );
    return value;
  });
}

function parametersOf(
  raw: Readonly<Record<string, string>>,
  at: FieldPath,
  { variables, findings }: CheckContext,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, text]) => {
      const path = [...at, name];
      if (OWN_PARAMETERS.has(name))
        findings.add(
          path,
          `${name} is not an extra parameter`,
          'ESS sets it, from the field of oauth2ClientCredentials that is made for it',
        );
      // A parameter from a variable is as secret as that variable may be.
      return [name, text.includes('${') ? variables.secret(text, path) : text];
    }),
  );
}
