// Starts a program that cannot outlive us. The child's pid is the program's own pid, so it can be stopped and killed by it.
// Promise kept here: whatever ends this process, kill -9 included, the child is killed too.
import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A watcher in the shell holds the reading end of a pipe to us, then the shell becomes the program. A line on the pipe
 * says "it ended, never mind"; an end without a line means that we are gone. 9: what we start recovers from it, a stopped
 * process obeys it, and whoever takes our place finds the ports free. File 3 may be a channel, which the watcher leaves alone.
 */
const WATCH_THEN_BECOME = `exec 9<&0
( IFS= read -r _ <&9 || kill -9 $$ ) >/dev/null 2>&1 3>&- &
exec "$@" </dev/null 9<&-`;

export interface SupervisedOptions {
  /** A file descriptor for output and errors, or 'pipe'. */
  output: number | 'pipe';
  /** The program may tell us what it likes: `message` events of the child. */
  channel?: boolean;
  /** Beside our own; undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

/** Its own session: Ctrl-C in a terminal reaches us alone, and we stop the child in order. */
export function spawnSupervised(
  command: string,
  args: readonly string[],
  { output, channel, env, cwd }: SupervisedOptions,
): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WATCH_THEN_BECOME, 'ess', command, ...args], {
    stdio: ['pipe', output, output, ...(channel ? ['ipc' as const] : [])],
    detached: true,
    // Its own program says where compiled code is kept: a worker's goes by other flags of V8 (ess.mjs).
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, ...env },
    cwd,
  });
  child.stdin?.on('error', () => {}); // the watcher may be gone already
  child.once('exit', () => child.stdin?.end('\n'));
  return child;
}
