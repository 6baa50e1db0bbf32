// The console's page, built when it, or a package, has changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the page is made of, and where it is built to. */
const SOURCES = ['services/console/page', 'services/console/facts'];
const BUILT = 'services/console/built';
const STAMP = '.made-of';

/**
 * @param run starts a program; resolves with its exit code
 * @returns 0, or the exit code of the build that failed
 */
export async function buildPage({ root, node, lockHash, run }) {
  const made = hashOf(root, lockHash);
  const stamp = join(root, BUILT, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === made) return 0;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const code = await run(node, [vite, 'build', join(root, SOURCES[0]), '--logLevel', 'warn'], root);
  if (code === 0) writeFileSync(stamp, made);
  return code;
}

function hashOf(root, lockHash) {
  const hash = createHash('sha256').update(lockHash);
  for (const folder of SOURCES)
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort())
      if (/\.(tsx?|css|html)$/.test(name)) hash.update(`\n${name}\n`).update(readFileSync(join(root, folder, name)));
  return hash.digest('hex');
}
