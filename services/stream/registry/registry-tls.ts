// Certificates of the schema registry and for it, and in words what keeps a connection to it from being made.
import { getCACertificates } from 'node:tls';
import type { RegistryAccess } from '@ess/domain/stream/registry-access.ts';

/** Node's own `fetch` takes no certificates; the one of undici does, and is loaded only for them. */
export async function fetchWith(tls: RegistryAccess['tls']): Promise<typeof fetch> {
  if (tls === undefined) return fetch;
  const { Agent, fetch: fetchBy } = await import('undici');
  const { ca, ...own } = tls;
  const dispatcher = new Agent({
    connect: {
      ...own,
      ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
      rejectUnauthorized: true,
    },
  });
  return ((url: string, init: object) => fetchBy(url, { ...init, dispatcher })) as typeof fetch;
}

const REMEDIES: ReadonlyArray<readonly [code: RegExp, remedy: string]> = [
  [/SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/, 'is its authority in SCHEMA_REGISTRY_SSL_CA?'],
  [
    /ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA)/,
    'does it want SCHEMA_REGISTRY_SSL_CERT and _KEY?',
  ],
];

/** The code of what went wrong, such as ECONNREFUSED, with the remedy where a setting is one; nothing that the other side said. */
export function whyNot(error: unknown): string {
  const { name, code, cause } = error as { name?: unknown; code?: unknown; cause?: unknown };
  if (name === 'TimeoutError') return 'not in time';
  if (cause !== undefined) return whyNot(cause);
  if (typeof code !== 'string') return 'broken off';
  const remedy = REMEDIES.find(([codes]) => codes.test(code))?.[1];
  return remedy === undefined ? code : `${code}; ${remedy}`;
}
