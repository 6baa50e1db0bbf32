// The program as it was at a commit, to run beside today's.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../repository.ts';
import { linkModules } from './module-links.ts';

const TREES = join(REPOSITORY, '.ess', 'trees');
const ESS = 'services/cli/bin/ess.mjs';
/** What `ess` needs to run; its tests are not wanted. */
const PARTS = ['package.json', 'schemas', 'services', 'infra'];

/**
 * The tree is made once and kept under `.ess`. It runs on the packages of today, which have to remain enough for it: a dependency
 * that one of its services needs and that is given up, or changes in what it does, would have to be kept for it under another name.
 * @param commit anything that git takes for one
 * @returns its `ess` script
 * @throws when the commit is not in this clone
 */
export function treeAt(commit: string): string {
  const hash = git(commit, 'rev-parse', '--verify', `${commit}^{commit}`).toString().trim();
  const root = join(TREES, hash.slice(0, 12));
  if (existsSync(join(root, 'node_modules/node/package.json')) && existsSync(join(root, 'package.json')))
    return join(root, ESS);
  // Its links may lead nowhere, since the repository was moved, or it was made before all of these parts were.
  rmSync(root, { recursive: true, force: true });
  mkdirSync(TREES, { recursive: true });
  const fresh = mkdtempSync(join(TREES, 'new-'));
  try {
    execFileSync('tar', ['-x', '-C', fresh], { input: git(commit, 'archive', hash, ...PARTS) });
    linkModules(fresh);
    renameSync(fresh, root);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
  return join(root, ESS);
}

function git(commit: string, ...args: string[]): Buffer {
  try {
    return execFileSync('git', args, { cwd: REPOSITORY, maxBuffer: 256_000_000, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const why = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    throw new Error(`${commit} is not in this clone (${why}): a shallow clone has it after "git fetch --unshallow"`, {
      cause: error,
    });
  }
}
