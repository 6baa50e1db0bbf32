// The image of infra/docker, made by a Docker engine that is found, or as root on Linux by one of our own on a base made here; as
// test/containers makes it, with whose engine and cache.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from '@ess/infra/local/machine/lock.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { makeNode, NODE, pullBases } from '../containers/bases.ts';
import { startEngine } from '../containers/engine.ts';
import { buildImage, freshClone } from '../containers/image.ts';
import { Shell } from '../containers/shell.ts';
import { cacheFolder, hasEngine, installEngine } from '../containers/tools.ts';
import { NotToBeHad } from './tools.ts';

/** The test of the containers may be running. */
const LOCK_WAIT_MS = 1_800_000;

/** @returns the archive @throws NotToBeHad without an engine, or what the image begins with */
export async function dockerImage(folder: string, name: string, signal: AbortSignal): Promise<string> {
  await using cleanup = new Cleanup();
  const defer = (end: () => unknown): void => cleanup.defer(end);
  const shell = new Shell(join(folder, 'docker.log'), signal);
  mkdirSync(cacheFolder(), { recursive: true });
  const lock = await acquireLock(join(cacheFolder(), 'lock'), 'the engine of the tests', LOCK_WAIT_MS, signal);
  defer(() => lock[Symbol.dispose]());
  const isFound = await hasEngine(shell);
  const missing = isFound ? await pullBases(shell, [NODE]) : await installEngine(shell);
  if (missing !== undefined) throw new NotToBeHad(missing);
  if (!isFound) await ownEngine(shell, defer).catch(notToBeHad);
  await buildImage(shell, await freshClone(shell, defer), name);
  const archive = join(folder, 'ess-image.tar');
  await shell.must('docker', ['save', '-o', archive, name]);
  return archive;
}

async function ownEngine(shell: Shell, defer: (end: () => unknown) => void): Promise<void> {
  const engine = await startEngine(shell, { for: 'building' });
  defer(() => engine[Symbol.asyncDispose]());
  process.env['DOCKER_HOST'] = engine.host;
  await makeNode(shell);
}

function notToBeHad(error: Error): never {
  throw new NotToBeHad(error.message);
}
