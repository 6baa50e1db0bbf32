// Makes the archives of classes (class-archive.ts), once per version of the jars: a stack is started for nothing but that, and stopped.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from './machine/lock.ts';
import { startStack } from './stack.ts';
import { archiveFolder } from './tools/class-archive.ts';
import { ensureJars } from './tools/jars.ts';

/** Longer than a start and a stop on a busy machine. */
const OTHER_COPY_MS = 5 * 60_000;

export async function recordClasses(onProgress: (message: string) => void, signal?: AbortSignal): Promise<void> {
  const folder = archiveFolder(await ensureJars(onProgress, signal));
  if (existsSync(folder)) return;
  using _lock = await acquireLock(`${folder}.lock`, 'the archives of classes', OTHER_COPY_MS, signal);
  if (existsSync(folder)) return; // another copy made them while we waited
  onProgress('recording what Kafka and the registry load, once: every later start takes half the time');
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  try {
    const dataDir = join(draft, 'data');
    const ports = { kafkaPort: 0, registryPort: 0 };
    const stack = await startStack({ ...ports, dataDir, brokers: 1, recordTo: draft, ...(signal && { signal }) });
    await stack[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
    renameSync(draft, folder); // whole, or not at all
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
