// The environment as settings and connectors see it: NAME, or the content of the file that NAME_FILE names.
import { readFileSync } from 'node:fs';

/** Trailing line ends of a secret file are not part of the secret. A file that cannot be read counts as not set. */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
  } catch {
    return undefined;
  }
}
