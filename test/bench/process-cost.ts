// What a process has used, as the kernel counts it (Linux).
import { readFileSync } from 'node:fs';

/** USER_HZ: fixed at 100 for user space on Linux. */
const TICKS_PER_S = 100;

/** User and system time since its start. */
export function cpuSeconds(pid: number): number {
  // The name in parentheses may hold spaces: the fields are counted from behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
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
