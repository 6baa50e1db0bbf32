// Runs Maven and turns its log into a line of progress: MB so far.
import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EssError } from '@ess/domain/text/error.ts';
import { spawnSupervised } from '@ess/runtime/supervised.ts';

const REPORT_MS = 250;
/** Maven repeats itself with every cause; the first words say it. */
const MAX_REASON_CHARACTERS = 400;
const UNITS = { B: 1e-6, kB: 1e-3, MB: 1, GB: 1e3 } as const;
/** One archive is two thirds of it all, and Maven mentions it only when it is done; its growing file is looked at. */
const LARGE_DOWNLOAD = join(homedir(), '.m2/repository/io/apicurio/apicurio-registry-app');

/** `Downloaded from central: … (109 MB at 80 MB/s)` is 109. */
export function downloadedMb(line: string): number {
  const [, amount, unit] = /Downloaded from .*\(([\d.]+) (B|kB|MB|GB) at/.exec(line) ?? [];
  return amount === undefined ? 0 : Number(amount) * UNITS[unit as keyof typeof UNITS];
}

export async function runMaven(
  args: string[],
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawnSupervised('mvn', ['-B', ...args], { output: 'pipe', env: { MAVEN_ARGS: '' } });
  const complaints: string[] = [];
  let doneMb = 0;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream! }).on('line', (line) => {
      doneMb += downloadedMb(line);
      if (/ERROR|not found|JAVA_HOME/.test(line)) complaints.push(line.replace(/^\[ERROR\] ?/, ''));
    });
  }
  const report = () =>
    onProgress(`fetching Kafka and the schema registry: ${(doneMb + partialMb(LARGE_DOWNLOAD)).toFixed(0)} MB`);
  report();
  const ticking = setInterval(report, REPORT_MS);
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  try {
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    signal?.throwIfAborted();
    if (code === 127) {
      throw new EssError(
        'ESS_STACK',
        'Maven (mvn) is missing; it fetches Kafka once: install it (Debian: apt-get install maven)',
      );
    }
    if (code !== 0) {
      const why = (complaints[0] ?? `exit code ${code}`).slice(0, MAX_REASON_CHARACTERS);
      throw new EssError(
        'ESS_STACK',
        `Maven could not fetch Kafka and the registry; check network, proxy and free disk.\n  ${why}`,
      );
    }
  } finally {
    clearInterval(ticking);
    signal?.removeEventListener('abort', stop);
  }
  onProgress('fetched Kafka and the schema registry');
}

/** Size of the unfinished files under a folder of Maven's repository. */
function partialMb(folder: string): number {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(part|tmp)$/.test(name),
    );
    return names.reduce((sum, name) => sum + statSync(join(folder, name)).size / 1e6, 0);
  } catch {
    return 0; // not there yet, or renamed while we looked
  }
}
