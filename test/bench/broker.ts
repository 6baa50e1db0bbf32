// The broker of this bench, as the machine sees it.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../harness/repository.ts';

const DATA = join(REPOSITORY, '.ess', `bench-${process.pid}`);

/** @throws when /proc does not show it */
export function brokerPid(): number {
  const isOurs = (pid: string) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return words.includes('kafka.Kafka') && words.includes(DATA);
  };
  const found = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && isOurs(pid);
    } catch {
      return false; // it has ended meanwhile
    }
  });
  if (found === undefined) throw new Error(`no broker of ${DATA} is running`);
  return Number(found);
}

/** What the logs of these topics take on its disk. Segments are as long as what is in them. */
export function bytesOf(topics: readonly string[]): number {
  const logs = readdirSync(DATA, { recursive: true, withFileTypes: true }).filter(
    ({ name, parentPath }) => name.endsWith('.log') && topics.some((topic) => parentPath.includes(`/${topic}-`)),
  );
  return logs.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
