// What `ess up` writes while its stack runs: where Kafka and the registry are.
import { readSmallFile } from './small-file.ts';

const STACK_BYTES_MAX = 64_000;

/** Where the stack is that runs in this folder. One that was killed left its file behind: then its process is gone. */
export function readStack(file: string): Partial<Record<'KAFKA_BROKERS' | 'SCHEMA_REGISTRY_URL', string>> {
  try {
    const { brokers, registry, pid } = JSON.parse(readSmallFile(file, STACK_BYTES_MAX)) as {
      brokers: string[];
      registry: string;
      pid: number;
    };
    return isAlive(pid) ? { KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registry } : {};
  } catch {
    return {}; // no stack here, or it is being written
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, as another user
  }
}
