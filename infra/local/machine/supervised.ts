// Starts a program that cannot outlive us. The child's pid is the program's own pid, so it can be stopped and killed by it.
// Promise kept here: whatever ends this process, kill -9 included, the child is killed too.
import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A watcher in the shell holds the reading end of a pipe to us, then the shell becomes the program. A line on the pipe
 * says "it ended, never mind"; an end without a line means that we are gone. 9: Kafka and H2 recover from it, and a
 * stopped process obeys it.
 */
const WATCH_THEN_BECOME = `exec 3<&0
( IFS= read -r _ <&3 || kill -9 $$ ) >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-`;

export interface SupervisedOptions {
  /** A file descriptor for output and errors, or 'pipe'. */
  output: number | 'pipe';
  env?: Record<string, string>;
  cwd?: string;
}

/** Its own session: Ctrl-C in a terminal reaches us alone, and we stop the child in order. */
export function spawnSupervised(command: string, args: string[], options: SupervisedOptions): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WATCH_THEN_BECOME, 'ess', command, ...args], {
    stdio: ['pipe', options.output, options.output],
    detached: true,
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  child.stdin?.on('error', () => {}); // the watcher may be gone already
  child.once('exit', () => child.stdin?.end('\n'));
  return child;
}
