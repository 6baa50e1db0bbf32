// The local stack with real Kafka: two beside each other, a crash told with its log, the same cluster after a restart,
// three brokers, and no process left whatever ends the launcher. A start of Kafka is dear: each of them serves several tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fetchMetadata, fetchStatus } from '@ess/infra/local/machine/probe.ts';
import { startStack } from '@ess/infra/local/stack.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { isAlive, untilGone } from '../harness/process-state.ts';
import { FULL } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const ESS = fileURLToPath(new URL('../../services/cli/bin/ess.mjs', import.meta.url));
const folder = temporaryFolder({ defer: afterAll });
const dirOf = (name: string) => join(folder, name);
const portOf = (broker = '') => Number(broker.split(':')[1]);
const anyPorts = { kafkaPort: 0, registryPort: 0 };

interface Launcher {
  readonly process: ChildProcess;
  /** Of its Kafka, its registry and its programs. */
  readonly pids: readonly number[];
}

const childrenOf = ({ pid }: ChildProcess): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

async function startUp(name: string): Promise<Launcher & { readonly ready: { brokers: string[]; registry: string } }> {
  const args = ['up', '--json', '--no-demo', '--kafka-port', '0', '--registry-port', '0', '--data', dirOf(name)];
  const up = spawn(process.execPath, [ESS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: up.stdout! }), 'line');
  const ready = JSON.parse(line);
  expect(ready).toEqual({ brokers: [expect.any(String)], registry: expect.any(String), data: dirOf(name) });
  const pids = childrenOf(up);
  expect(pids).toHaveLength(2);
  return { process: up, pids, ready };
}

/** @returns its exit code; no process of it is left */
async function endedBy(signal: NodeJS.Signals, { process: launcher, pids }: Launcher): Promise<number | null> {
  const ended = once(launcher, 'exit');
  launcher.kill(signal);
  const [code] = await ended;
  await Promise.all(pids.map(untilGone));
  return code;
}

/** One that runs while others come and go. */
let standing: Awaited<ReturnType<typeof startUp>>;
beforeAll(async () => {
  standing = await startUp('standing');
});

test('two stacks run beside each other; one of which everything was killed leaves nothing, and starts again as the same cluster', async () => {
  const crashes: string[] = [];
  const crashed = Promise.withResolvers<void>();
  const onCrash = (message: string) => {
    crashes.push(message);
    crashed.resolve();
  };
  const first = await startStack({ dataDir: dirOf('first'), ...anyPorts, onCrash });
  const pids = [...first.kafka, first.registryProcess].map(({ pid }) => pid ?? 0);
  expect(first.brokers).not.toEqual(standing.ready.brokers);
  expect(first.clusterId).not.toBe((await fetchMetadata(portOf(standing.ready.brokers[0]))).clusterId);
  expect(JSON.parse(readFileSync(join(dirOf('first'), 'stack.json'), 'utf8'))).toEqual({
    brokers: first.brokers,
    registry: first.registry,
    data: dirOf('first'),
    pid: process.pid,
  });
  await expect(startStack({ dataDir: dirOf('first') })).rejects.toThrow(`in use by process ${process.pid}`);
  const made = await first.kafkaTool(
    'org.apache.kafka.tools.TopicCommand',
    [...['--bootstrap-server', first.brokers[0] ?? ''], ...['--create', '--topic', 'kept', '--partitions', '3']],
    { timeoutMs: PATIENCE_MS },
  );
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Created topic kept') });
  const registered = await fetch(`${first.registry}/subjects/kept-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema: '"string"' }),
  });
  expect(registered.status).toBe(200);
  await first.registryProcess.kill('SIGKILL'); // a schema that was acknowledged survives even this
  expect(first.registryProcess.pid).toBeUndefined();
  // One that ends by itself is reported with the end of its log; one that we killed is not.
  process.kill(first.kafka[0]?.pid ?? 0, 'SIGKILL');
  await crashed.promise;
  expect(crashes).toEqual([
    expect.stringMatching(/^kafka-1 ended by SIGKILL; the end of .*kafka-1\.log:\n.*partition kept-\d/s),
  ]);
  await first[Symbol.asyncDispose]();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(dirOf('first'), 'stack.json'))).toBe(false);

  const again = await startUp('first');
  const metadata = await fetchMetadata(portOf(again.ready.brokers[0]));
  expect([metadata.clusterId, metadata.brokers.length]).toEqual([first.clusterId, 1]);
  const kafka = connectKafka({ brokers: again.ready.brokers }, 'ess-test', createLog('test', { level: 'error' }));
  const admin = kafka.admin();
  await admin.connect();
  expect(await admin.listTopics()).toContain('kept');
  await admin.disconnect();
  expect(await fetchStatus(`${again.ready.registry}/subjects/kept-value/versions/1`)).toBe(200);
  expect(await endedBy('SIGINT', again)).toBe(0);
});

test('ess up that is killed leaves no process behind; ess start takes over what it left, comes up, and ends in good order', async () => {
  expect(await endedBy('SIGKILL', standing)).toBeNull();
  const args = ['start', '--kafka-port', '0', '--registry-port', '0', '--data', dirOf('standing')];
  const start = spawn(process.execPath, [ESS, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ESS_WORKER_PORT: '0' },
  });
  let [printed, told] = ['', ''];
  start.stdout.on('data', (text: Buffer) => {
    printed += text;
  });
  start.stderr.on('data', (text: Buffer) => {
    told += text;
  });
  await eventually('it is up', () => {
    if (start.exitCode !== null) throw new Error(`it ended with ${start.exitCode}: ${told}`);
    return told.includes('Ctrl-C stops everything') || undefined;
  });
  const pids = childrenOf(start);
  expect(pids.length).toBeGreaterThan(2);
  expect([await endedBy('SIGTERM', { process: start, pids }), printed]).toEqual([0, '']);
});

/** In every run chaos starts three brokers, which waits until each lists all, and kills one that has to come back. */
const inFull = FULL ? test : test.skip;

inFull('three brokers are one cluster, and a broker that is killed comes back to it', async () => {
  await using stack = await startStack({ dataDir: dirOf('three'), brokers: 3, ...anyPorts });
  const idsAt = async (broker: string) => (await fetchMetadata(portOf(broker))).brokers.map(({ id }) => id).sort();
  for (const broker of stack.brokers) expect(await idsAt(broker)).toEqual([1, 2, 3]);
  await stack.kafka[2]?.kill('SIGKILL');
  await stack.kafka[2]?.start();
  expect(await idsAt(stack.brokers[2] ?? '')).toContain(3);
});
