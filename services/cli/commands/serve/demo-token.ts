// `ess serve --demo`: a way into the console for whoever tries it. One token that may do everything, made once and told once.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import type { ConsoleAccess } from '@ess/runtime/settings/console-settings.ts';

const NAME = 'demo';
const RIGHTS = `grants:\n  - to: { token: ${NAME} }\n    roles: [operator]\n    partners: ["*"]\n`;

/**
 * Makes the files that ESS_CONSOLE_RIGHTS and ESS_CONSOLE_TOKENS name, where they are missing.
 * @returns the token; undefined: it was made before, or nobody has to sign in
 */
export function makeDemoToken({ tokens, rights }: Pick<ConsoleAccess, 'tokens' | 'rights'>): string | undefined {
  if (tokens === undefined || rights === undefined || existsSync(tokens)) return undefined;
  const { key, hash } = newApiKey();
  if (!existsSync(rights)) write(rights, RIGHTS);
  // Last: where it is missing after a crash, the next start makes it and tells it.
  write(tokens, `${NAME}: ${hash}\n`);
  return key;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
}
