// The functions in which a worker spent its time, from the CPU profiles that `--prof` makes it write.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROFILES } from './worker-run.ts';

interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }>;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface HotFunction {
  readonly name: string;
  readonly selfMs: number;
  /** Of the time that was not idle, 0..1. */
  readonly share: number;
}

export function forgetProfiles(): void {
  rmSync(PROFILES, { recursive: true, force: true });
}

/** Over all profiles of the folder. */
export function hottest(count: number): HotFunction[] {
  const selfUs = new Map<string, number>();
  for (const file of readdirSync(PROFILES).filter((name) => name.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(PROFILES, file), 'utf8')) as CpuProfile;
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    samples.forEach((id, index) => {
      const name = names.get(id) ?? '?';
      selfUs.set(name, (selfUs.get(name) ?? 0) + (timeDeltas[index] ?? 0));
    });
  }
  selfUs.delete('(idle)');
  const busyUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0);
  return [...selfUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, us]) => ({ name, selfMs: us / 1000, share: us / busyUs }));
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName;
  return `${functionName || '(anonymous)'} ${url.replace(/^.*\/(node_modules|services)\//, '')}:${lineNumber + 1}`;
}
