// `access` of a connector: by which keys and which token the partner is known. Only hashes, so nothing here is a secret.

import type { Findings } from '../text/problem.ts';
import type { Variables } from '../values/variables.ts';
import type { Connector } from './connector.ts';
import type { RawConnector } from './raw.ts';

const HASH = /^sha256:[0-9a-f]{64}$/;
/** What a variable may hold, or fall back to, while the partner has no key. */
const NO_KEY = 'none';
/** Stands for a hash that is not known while only the files are checked. */
const NOBODYS = `sha256:${'0'.repeat(64)}`;

export function compileAccess(
  raw: RawConnector['access'],
  variables: Variables,
  findings: Findings,
  withoutEnv: boolean,
): Connector['access'] {
  const apiKeyHashes = (raw?.apiKeyHashes ?? []).flatMap((text, index) => {
    const at = ['access', 'apiKeyHashes', index];
    const hash = variables.text(text, at, { defaults: true });
    if (hash === NO_KEY) return [];
    if (hash === '' && withoutEnv) return [NOBODYS];
    if (HASH.test(hash)) return [hash];
    if (hash !== '') findings.add(at, 'is no hash of a key', `take the hash that "ess keys new" prints, or ${NO_KEY}`);
    return [];
  });
  const perSecond = raw?.rateLimit?.perSecond;
  return {
    apiKeyHashes,
    ...(raw?.jwtSubject !== undefined && { jwtSubject: raw.jwtSubject }),
    ...(perSecond !== undefined && { rateLimit: { perSecond } }),
  };
}
