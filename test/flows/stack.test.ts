// The local stack with real Kafka: two beside each other, a crash told with its log, the same cluster after a restart,
// three brokers, and no process left whatever ends the launcher.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fetchMetadata, fetchStatus } from '@ess/infra/local/machine/probe.ts';
import { type Stack, startStack } from '@ess/infra/local/stack.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isAlive, untilGone } from '../harness/process-state.ts';
import { FULL, sized } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const TEST_MS = 120_000;
const ESS = fileURLToPath(new URL('../../services/cli/bin/ess.mjs', import.meta.url));
/** One that runs while others come and go; it stops before its folder goes. */
let standing: Stack;
afterAll(async () => {
  await standing?.[Symbol.asyncDispose]();
});
const folder = temporaryFolder({ defer: afterAll });
const dirOf = (name: string) => join(folder, name);
const portOf = (broker = '') => Number(broker.split(':')[1]);
const anyPorts = { kafkaPort: 0, registryPort: 0 };

/** What was said of its processes that ended by themselves. */
const crashes: string[] = [];
const crashed = Promise.withResolvers<void>();
beforeAll(async () => {
  const onCrash = (message: string) => {
    crashes.push(message);
    crashed.resolve();
  };
  standing = await startStack({ dataDir: dirOf('standing'), ...anyPorts, onCrash });
}, TEST_MS);

const pidsOf = ({ kafka, registryProcess }: Stack): number[] => [...kafka, registryProcess].map(({ pid }) => pid ?? 0);

test(
  'two stacks run beside each other; one that is stopped leaves nothing and starts again as the same cluster',
  async () => {
    const first = await startStack({ dataDir: dirOf('first'), ...anyPorts });
    const pids = pidsOf(first);
    expect(first.brokers).not.toEqual(standing.brokers);
    expect(first.clusterId).not.toBe(standing.clusterId);
    expect(JSON.parse(readFileSync(join(dirOf('first'), 'stack.json'), 'utf8'))).toEqual({
      brokers: first.brokers,
      registry: first.registry,
      data: dirOf('first'),
      pid: process.pid,
    });
    await expect(startStack({ dataDir: dirOf('first') })).rejects.toThrow(`in use by process ${process.pid}`);
    const made = await first.kafkaTool('org.apache.kafka.tools.TopicCommand', [
      ...['--bootstrap-server', first.brokers[0] ?? ''],
      ...['--create', '--topic', 'kept', '--partitions', '3'],
    ]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Created topic kept') });
    const registered = await fetch(`${first.registry}/subjects/kept-value/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ schema: '"string"' }),
    });
    expect(registered.status).toBe(200);
    await first.registryProcess.kill('SIGKILL'); // a schema that was acknowledged survives even this
    await first[Symbol.asyncDispose]();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(join(dirOf('first'), 'stack.json'))).toBe(false);

    await using again = await startStack({ dataDir: dirOf('first'), ...anyPorts });
    expect((await fetchMetadata(portOf(again.brokers[0]))).clusterId).toBe(first.clusterId);
    const topics = await again.kafkaTool('org.apache.kafka.tools.TopicCommand', [
      ...['--bootstrap-server', again.brokers[0] ?? ''],
      '--list',
    ]);
    expect(topics.stdout.split('\n')).toContain('kept');
    expect(await fetchStatus(`${again.registry}/subjects/kept-value/versions/1`)).toBe(200);
  },
  TEST_MS,
);

test(
  'a process that ends by itself is reported with the end of its log; one that we killed is not, and starts again',
  async () => {
    const [broker] = standing.kafka;
    await broker?.kill('SIGKILL');
    expect(broker?.pid).toBeUndefined();
    await broker?.start();
    expect((await fetchMetadata(portOf(standing.brokers[0]))).brokers).toHaveLength(1);
    expect(crashes).toEqual([]);

    process.kill(broker?.pid ?? 0, 'SIGKILL');
    await crashed.promise;
    expect(crashes).toEqual([
      expect.stringMatching(/^kafka-1 ended by SIGKILL; the end of .*kafka-1\.log:\n.*Kafka Server started/s),
    ]);
  },
  TEST_MS,
);

/** In every run chaos starts three brokers, which waits until each lists all, and kills one that has to come back. */
const inFull = FULL ? test : test.skip;

inFull(
  'three brokers are one cluster, and a broker that is killed comes back to it',
  async () => {
    await using stack = await startStack({ dataDir: dirOf('three'), brokers: 3, ...anyPorts });
    const idsAt = async (broker: string) => (await fetchMetadata(portOf(broker))).brokers.map(({ id }) => id).sort();
    for (const broker of stack.brokers) expect(await idsAt(broker)).toEqual([1, 2, 3]);
    await stack.kafka[2]?.kill('SIGKILL');
    await stack.kafka[2]?.start();
    expect(await idsAt(stack.brokers[2] ?? '')).toContain(3);
  },
  TEST_MS,
);

async function startUp(name: string): Promise<{ up: ChildProcess; pids: number[]; ready: { brokers: string[] } }> {
  const args = ['up', '--json', '--no-demo', '--kafka-port', '0', '--registry-port', '0', '--data', dirOf(name)];
  const up = spawn(process.execPath, [ESS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: up.stdout! }), 'line');
  const children = readFileSync(`/proc/${up.pid}/task/${up.pid}/children`, 'utf8').trim().split(' ').map(Number);
  return { up, pids: children, ready: JSON.parse(line) };
}

const SIGNALS = ['SIGKILL', 'SIGINT', 'SIGTERM'] as const;

test.each(SIGNALS.slice(0, sized(2, 3)))(
  'ess up leaves no process behind after %s',
  async (signal) => {
    const { up, pids, ready } = await startUp('up'); // the same folder each time: what a kill left is taken over
    expect(ready).toEqual({ brokers: [expect.any(String)], registry: expect.any(String), data: dirOf('up') });
    expect(pids).toHaveLength(2);
    const ended = once(up, 'exit');
    up.kill(signal);
    const [code] = await ended;
    expect(code).toBe(signal === 'SIGKILL' ? null : 0);
    await Promise.all(pids.map(untilGone));
  },
  TEST_MS,
);
