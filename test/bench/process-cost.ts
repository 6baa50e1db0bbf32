// What a process has used, as the kernel counts it (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: fixed at 100 for user space on Linux. */
const TICKS_PER_S = 100;

/** User and system time since its start. */
export const cpuSeconds = (pid: number): number => secondsIn(`/proc/${pid}/stat`);

/** The same for each of its threads that is alive, by name: Node's first is `MainThread`, V8's helpers are `V8Worker`. */
export function threadSeconds(pid: number): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();
      seconds.set(name, (seconds.get(name) ?? 0) + secondsIn(`/proc/${pid}/task/${thread}/stat`));
    } catch {
      // it has ended meanwhile
    }
  }
  return seconds;
}

function secondsIn(file: string): number {
  // The name in parentheses may hold spaces: the fields are counted from behind it.
  const stat = readFileSync(file, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

export interface Memory {
  readonly rssMb: number;
  readonly peakMb: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
