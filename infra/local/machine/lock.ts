// A lock file that names the process holding it. Keeps two stacks off one data directory and two downloads off one cache.
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';

const POLL_MS = 100;

interface Holder {
  pid: number;
  /** When that process began, in the kernel's words: tells a holder from a later process with its number. Empty: unknown. */
  began: string;
  token: string;
}

export interface FileLock extends Disposable {
  readonly file: string;
}

/** @param waitMs how long to wait for a living holder to let go; 0 refuses at once. */
export async function acquireLock(file: string, what: string, waitMs = 0, signal?: AbortSignal): Promise<FileLock> {
  const mine: Holder = { pid: process.pid, began: beganAt(process.pid), token: randomBytes(8).toString('hex') };
  const deadline = performance.now() + waitMs;
  for (;;) {
    if (place(file, mine)) return release(file, mine);
    const holder = readHolder(file);
    if (holder === undefined || !isAlive(holder)) removeStale(file, holder?.token);
    else if (performance.now() >= deadline) {
      throw new EssError('ESS_STACK', `${what} is in use by process ${holder.pid} (${file}); stop that one first`);
    } else await delay(POLL_MS, undefined, signal ? { signal } : {});
  }
}

/** Written whole beside the lock, then linked: a lock file is never seen half written. */
function place(file: string, mine: Holder): boolean {
  const draft = `${file}.${mine.token}`;
  try {
    writeFileSync(draft, JSON.stringify(mine));
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined; // gone meanwhile, or not ours to read: the next round tells
  }
}

/** Moves the file aside and looks again: another taker may have replaced the stale one in between. */
function removeStale(file: string, staleToken: string | undefined): void {
  const aside = `${file}.stale-${randomBytes(8).toString('hex')}`;
  try {
    renameSync(file, aside);
    if (readHolder(aside)?.token !== staleToken) linkSync(aside, file);
  } catch {
    // somebody else was faster: the next round tells
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = beganAt(pid);
  return began === '' || now === '' || began === now;
}

/** Field 22 of /proc/PID/stat, counted after the name in brackets, which may hold blanks. */
function beganAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function release(file: string, mine: Holder): FileLock {
  const letGo = () => {
    if (readHolder(file)?.token === mine.token) rmSync(file, { force: true });
  };
  process.once('exit', letGo);
  return {
    file,
    [Symbol.dispose]() {
      process.off('exit', letGo);
      letGo();
    },
  };
}
