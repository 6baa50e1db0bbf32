// Users of the plan whose passwords are files of a folder, as a vault or Compose puts them there: `<user>.password` each.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { readVariable } from '@ess/runtime/settings/environment.ts';
import type { ScramUser } from '@ess/stream/access/scram-users.ts';

const SUFFIX = '.password';

/**
 * @param users of the plan; those without a file are left as they are
 * @throws EssError ESS_CONFIG naming the file that is empty, unreadable or of nobody in the plan
 */
export function usersWithPassword(folder: string, users: readonly string[]): ScramUser[] {
  const names = filesIn(folder).flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : []));
  if (names.length === 0) throw refused(folder, `has no file <user>${SUFFIX}: put one there for each user`);
  return names.map((name) => {
    const file = join(folder, `${name}${SUFFIX}`);
    if (!users.includes(name)) throw refused(file, `is of no user of the plan: ${didYouMean(name, users)}`);
    const password = readVariable({ PASSWORD_FILE: file }, 'PASSWORD');
    if (!password) throw refused(file, 'has no password that can be read: write one into it');
    return { name, password };
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw refused(folder, `cannot be read: ${(error as Error).message}`);
  }
}

const refused = (what: string, why: string): EssError => new EssError('ESS_CONFIG', `--passwords: ${what} ${why}`);
