// `npm run test:containers`: the image and the Compose file, run for real. With an engine that answers (DOCKER_HOST, or the usual place) it
// takes that one, and its images from there. Else, as root on Linux, it starts one of its own, makes the images that ours begins with, and
// runs the containers in a network namespace; all of it is ended with the test, after a failure and after Ctrl-C too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { acquireLock } from '@ess/infra/local/machine/lock.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { makeBases, pullBases } from './bases.ts';
import { Checks } from './checks.ts';
import { startEngine } from './engine.ts';
import { checkImage, freshClone } from './image.ts';
import { playOne, playTwo } from './play.ts';
import { playSecured } from './secured.ts';
import { Shell } from './shell.ts';
import type { Compose } from './tools.ts';
import { cacheFolder, composeOne, composeTwo, hasEngine, installEngine } from './tools.ts';

const USAGE = `npm run test:containers [-- --only image|play]
  Builds the image and plays the exercise with it in containers. Takes a Docker engine, or root on Debian to start one.
  --only image   builds and checks the image; it stays in the cache for the next run
  --only play    plays with the image that was built before`;
const LOG = join(REPOSITORY, '.ess/containers.log');

/** What the part in the namespace is told. */
interface Inside {
  readonly folder: string;
  readonly two: Compose;
  readonly one: Compose;
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort(new Error('stopped')));
process.on('disconnect', () => stopping.abort(new Error('whoever started this is gone')));
const shell = new Shell(LOG, stopping.signal);
const checks = new Checks(stopping.signal);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, inside: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help || ![undefined, 'image', 'play'].includes(values.only)) {
    console.error(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  if (values.inside !== undefined) return await inside(JSON.parse(values.inside) as Inside);
  mkdirSync(join(REPOSITORY, '.ess'), { recursive: true });
  mkdirSync(cacheFolder(), { recursive: true });
  writeFileSync(LOG, '');
  console.error(`what each command says: ${LOG}`);
  await using cleanup = new Cleanup();
  const lock = await acquireLock(join(cacheFolder(), 'lock'), 'the test of the containers');
  cleanup.defer(() => lock[Symbol.dispose]());
  const isFound = await hasEngine(shell);
  const missing = isFound ? await pullBases(shell) : await installEngine(shell);
  if (missing !== undefined) return checks.leftOut('the containers', missing);
  const folder = await freshClone(shell, (end) => cleanup.defer(end));
  const ready = isFound ? await prepare(folder, values.only) : await prepareOnOwn(folder, values.only);
  if (ready === undefined || values.only === 'image') return;
  if (isFound) await play(ready);
  else await playInNamespace(ready);
}

async function prepareOnOwn(folder: string, only: string | undefined): Promise<Inside | undefined> {
  await using engine = await startEngine(shell, { for: 'building' });
  process.env['DOCKER_HOST'] = engine.host;
  await checks.that('the images that ours begins with are there', () => makeBases(shell));
  return await prepare(folder, only);
}

/** @returns undefined: there is no image to play with */
async function prepare(folder: string, only: string | undefined): Promise<Inside | undefined> {
  const [two, one] = [await composeTwo(shell), await composeOne(shell)];
  if (only !== 'play' && !(await checkImage(shell, checks, folder, two))) return undefined;
  return { folder, two, one };
}

async function playInNamespace(ready: Inside): Promise<void> {
  const args = [
    '--net',
    process.execPath,
    '--no-warnings',
    fileURLToPath(import.meta.url),
    '--inside',
    JSON.stringify(ready),
  ];
  // In a group of its own: it is told of a Ctrl-C once, by us.
  const child = spawn('unshare', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
  child.on('message', ({ passed, failed }: { passed: number; failed: number }) => {
    checks.passed += passed;
    checks.failed += failed;
  });
  const hand = () => child.kill('SIGTERM');
  stopping.signal.addEventListener('abort', hand);
  const [code] = await once(child, 'exit');
  stopping.signal.removeEventListener('abort', hand);
  stopping.signal.throwIfAborted();
  if (code !== 0 && checks.failed === 0) throw new Error(`the part in the namespace ended with ${code}`);
}

async function inside(ready: Inside): Promise<void> {
  await shell.must('ip', ['link', 'set', 'lo', 'up']);
  await using engine = await startEngine(shell, { for: 'running' });
  process.env['DOCKER_HOST'] = engine.host;
  await play(ready);
}

async function play({ folder, two, one }: Inside): Promise<void> {
  await playTwo(shell, checks, folder, two);
  await playSecured(shell, checks, folder, two);
  await playOne(shell, checks, folder, one);
}

try {
  await main();
} catch (error) {
  if (!stopping.signal.aborted) checks.failed += 1;
  console.error(stopping.signal.aborted ? 'stopped' : error);
  process.exitCode = 1;
}
if (checks.failed > 0) process.exitCode = 1;
if (process.send) process.send({ passed: checks.passed, failed: checks.failed }, () => process.exit());
else {
  console.log(`${checks.passed} passed, ${checks.failed} failed`);
  process.exit();
}
