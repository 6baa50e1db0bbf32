// Checks package-lock.json: each package of a registry has the hash that `npm ci` compares its download with, and no entry says
// from which host it came. `node test/lock.ts` prints every violation and exits 1.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const REMEDY = 'run node infra/complete-lock.mjs';

interface LockEntry {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
}

/** @param packages of a lock file of version 3, by their place */
export function lockViolations(packages: Readonly<Record<string, LockEntry>>): string[] {
  return Object.entries(packages).flatMap(([place, { link, integrity, resolved }]) => {
    // The repository itself and its workspaces come from nowhere else.
    if (link === true || !place.includes('node_modules/')) return [];
    const found: string[] = [];
    // Weaker hashes can be met by another file.
    if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? ''))
      found.push(`${place} has ${integrity === undefined ? 'no integrity' : 'a weak integrity'}: ${REMEDY}`);
    if (resolved !== undefined) found.push(`${place} names where it came from (resolved): ${REMEDY}`);
    return found;
  });
}

if (import.meta.main) {
  const { packages } = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, LockEntry> };
  const found = lockViolations(packages);
  for (const line of found) console.error(line);
  const count = Object.keys(packages).length;
  console.error(found.length === 0 ? `${count} entries of the lock are whole` : `${found.length} faults in the lock`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
