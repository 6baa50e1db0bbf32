// Whether a process is still there. One that has ended and waits to be buried is not: when that is done is up to the machine's first
// process, and some of those look every two seconds. A signal of 0 would find it.
import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './deadline.ts';

interface ProcessState {
  /** The name of its program, without arguments. */
  readonly program: string;
  /** One letter, as in proc(5): T is stopped. */
  readonly letter: string;
  /** The group that it is in: the id of the process that leads it. */
  readonly group: number;
}

function stateOf(pid: number | string): ProcessState | undefined {
  try {
    const [, program = '', letter = '', group] =
      /\((.*)\) (\S) \d+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return letter === 'Z' || letter === 'X' ? undefined : { program, letter, group: Number(group) };
  } catch {
    return undefined;
  }
}

/** The name of the program that a process runs; undefined when it has ended. */
export const programOf = (pid: number): string | undefined => stateOf(pid)?.program;

export const isAlive = (pid: number): boolean => stateOf(pid) !== undefined;

/**
 * Stops a process that hears nothing from then on. A signal is only noted for one that waits for the processor: a later SIGTERM
 * would be taken before it, and end it.
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await eventually(`process ${pid} is stopped`, () => stateOf(pid)?.letter === 'T' || undefined, { stepMs: 10 });
}

export const untilGone = (pid: number): Promise<true> =>
  eventually(`process ${pid} is gone`, () => !isAlive(pid) || undefined, { stepMs: 10 });

/** Also whatever it has started in its group. @param leader the process that leads the group */
export const untilGroupGone = (leader: number): Promise<true> =>
  eventually(
    `processes of the group ${leader} are gone`,
    () => !readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && stateOf(pid)?.group === leader) || undefined,
  );
