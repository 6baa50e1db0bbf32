// Where the jars of the local stack are: one cache per user and per version of pom.xml, so that clones share it.
// Two copies that need it at once: one fetches, the other waits. What is in place under its final name is whole.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EssError } from '@ess/domain/text/error.ts';
import { explainDisk, makeFolder } from '../machine/disk.ts';
import { acquireLock } from '../machine/lock.ts';
import { runMaven } from './maven.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
/** Longer than any download that still moves; the other copy reports its own failure. */
const OTHER_COPY_MS = 15 * 60_000;

export interface Jars {
  /** Directories of jars, in the form of a Java class path. */
  kafka: string;
  registry: string;
}

/** `~/.cache/ess/jars-<hash of the pom>`: a new version of anything in it is a new folder. */
export function jarsDir(pom: string = readFileSync(POM, 'utf8'), env: NodeJS.ProcessEnv = process.env): string {
  const caches = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(caches, 'ess', `jars-${createHash('sha256').update(pom).digest('hex').slice(0, 12)}`);
}

export async function ensureJars(
  onProgress: (message: string) => void = () => {},
  signal?: AbortSignal,
): Promise<Jars> {
  const dir = await fetched(POM, onProgress, signal);
  const registry = join(dir, 'registry');
  const runner = readdirSync(registry).find((name) => name.endsWith('-runner.jar'));
  if (runner === undefined) throw new EssError('ESS_STACK', `${dir} is damaged: remove it, it is fetched again`);
  return { kafka: join(dir, 'kafka', '*'), registry: `${join(registry, runner)}:${join(registry, 'lib', '*')}` };
}

/** @returns where that is which the pom fetches */
export async function fetched(
  pom: string,
  onProgress: (message: string) => void = () => {},
  signal?: AbortSignal,
): Promise<string> {
  const dir = jarsDir(readFileSync(pom, 'utf8'));
  if (!existsSync(dir)) await fetchJars(pom, dir, onProgress, signal);
  return dir;
}

async function fetchJars(
  pom: string,
  dir: string,
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  try {
    makeFolder(dirname(dir));
  } catch (error) {
    throw explainDisk(error, dirname(dir), 'set XDG_CACHE_HOME to a folder that can be written');
  }
  using _lock = await acquireLock(`${dir}.lock`, 'the cache of Kafka jars', OTHER_COPY_MS, signal);
  if (existsSync(dir)) return; // another copy fetched it while we waited
  for (const name of readdirSync(dirname(dir))) {
    if (name.startsWith('fetching-')) rmSync(join(dirname(dir), name), { recursive: true, force: true });
  }
  const draft = join(dirname(dir), `fetching-${randomBytes(6).toString('hex')}`);
  try {
    await runMaven(['-f', pom, 'package', `-Dess.out=${draft}`], onProgress, signal);
    rmSync(join(draft, 'work'), { recursive: true, force: true }); // Maven's own notes
    renameSync(draft, dir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
