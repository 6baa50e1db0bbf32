// The file of tokens: a name and the SHA-256 of each. A token is shown once, when it is made.
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { readYaml } from '@ess/domain/text/source-text.ts';
import { apiKeyOwners } from '@ess/runtime/access/api-key.ts';
import type { Who } from './who.ts';

type TokenHolder = Extract<Who, { kind: 'token' }>;

export interface Tokens {
  /** Every hash is compared, in constant time. */
  readonly holderOf: (given: unknown) => TokenHolder | undefined;
  /** Whether the same token is still there. */
  readonly has: (holder: TokenHolder) => boolean;
}

const HASH = /^sha256:[0-9a-f]{64}$/;
/** Of no text, and of "test". */
const KNOWN = new Set([
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
]);
const REMEDY = 'write name: sha256:… as "ess keys new --console-token NAME" prints it (values are not shown here)';

/** @throws EssError ESS_CONFIG with one line for each problem */
export function parseTokens(file: string, text: string): Tokens {
  const { value, problems, lineOf } = readYaml(file, text);
  const found = [...problems];
  const add = (field: string, message: string) => {
    const line = field === '' ? undefined : lineOf([field]);
    found.push({ file, ...(line !== undefined && { line }), field, message, remedy: REMEDY });
  };
  // Without a line there is no token: the last one was taken away.
  const isMap = value == null || (typeof value === 'object' && !Array.isArray(value));
  if (problems.length === 0 && !isMap) add('', 'must be a map');
  const entries = Object.entries(isMap ? ((value ?? {}) as Record<string, unknown>) : {});
  const holders = new Map<string, TokenHolder>();
  for (const [name, hash] of entries)
    if (KNOWN.has(String(hash))) add(name, 'is the hash of a word that everybody knows');
    else if (typeof hash === 'string' && HASH.test(hash))
      holders.set(hash, { kind: 'token', name, mark: hash.slice(-16) });
    else add(name, 'is no hash of a token');
  if (found.length > 0)
    throw new EssError(
      'ESS_CONFIG',
      `the tokens of the console are wrong:\n${found.map((one) => `  ${formatProblem(one)}`).join('\n')}`,
    );
  const known = new Set([...holders.values()].map(({ name, mark }) => `${mark} ${name}`));
  return { holderOf: apiKeyOwners(holders), has: ({ name, mark }) => known.has(`${mark} ${name}`) };
}
