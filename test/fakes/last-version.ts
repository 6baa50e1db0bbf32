// The program as it was at the version before this one, to run beside today's on one cluster.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { linkModules } from './module-links.ts';
import { REPOSITORY } from './test-stack.ts';

/** What is in service while this version is rolled out. A release moves it. */
export const LAST_VERSION = '1893f4deffb5d8d0c6dd01a7496775d77d2be039';

const TREES = join(REPOSITORY, '.ess', 'last-version');
const ESS = 'services/cli/bin/ess.mjs';
/** What `ess` needs to run; its tests are not wanted. */
const FOLDERS = ['schemas', 'services', 'infra'];

/**
 * The tree is made once and kept under `.ess`. It runs on the packages of today, which have to remain enough for it: a dependency
 * that one of its services needs and that is given up, or changes in what it does, would have to be kept for it under another name.
 * @returns its `ess` script. @throws when the commit is not in this clone
 */
export function lastVersion(): string {
  const root = join(TREES, LAST_VERSION.slice(0, 12));
  if (existsSync(join(root, 'node_modules/node/package.json'))) return join(root, ESS);
  // Its links may lead nowhere: the repository was moved.
  rmSync(root, { recursive: true, force: true });
  mkdirSync(TREES, { recursive: true });
  const fresh = mkdtempSync(join(TREES, 'new-'));
  try {
    execFileSync('tar', ['-x', '-C', fresh], { input: archive() });
    linkModules(fresh);
    renameSync(fresh, root);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another test file was first.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
  return join(root, ESS);
}

function archive(): Buffer {
  try {
    return execFileSync('git', ['archive', LAST_VERSION, ...FOLDERS], {
      cwd: REPOSITORY,
      maxBuffer: 256_000_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const why = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    throw new Error(
      `the last version, ${LAST_VERSION}, is not in this clone (${why}): a shallow clone has it after "git fetch --unshallow"`,
      { cause: error },
    );
  }
}
