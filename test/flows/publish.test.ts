// `ess publish` as a person or a script uses it: what it prints where, what it refuses, and with which exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const RULE = { ruleId: 'wildfire', version: 1, status: 'active', scope: 'Hospital', title: 'Beds', publishedBy: 'me' };
const ESS = join(REPOSITORY, 'services/cli/bin/ess.mjs');
const cleanup = new Cleanup();
let folder: string;
let stack: TestStack;

beforeAll(async () => {
  folder = temporaryFolder(cleanup);
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
});
afterAll(async () => {
  await cleanup[Symbol.asyncDispose]();
});

async function publish(content: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const file = join(folder, 'rules.json');
  writeFileSync(file, content);
  await using ess = new EssProcess(['publish', file, ...args], {
    KAFKA_BROKERS: stack.brokers.join(','),
    SCHEMA_REGISTRY_URL: stack.registry,
    ...env,
  });
  const code = await ess.exited;
  return { code, stdout: ess.stdout, stderr: ess.output.replace(ess.stdout, '') };
}

const records = async () =>
  (await stack.admin.fetchTopicOffsets('rules')).reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);

test('a published rule is answered with topic, partition and offset, and nothing else on stdout', async () => {
  const before = await records();
  const { code, stdout, stderr } = await publish(JSON.stringify({ ...RULE, minIcuBeds: 10 }));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^wildfire v1 {2}topic rules {2}partition \d+ {2}offset \d+\n$/);
  expect(stderr).toBe('');
  expect(await records()).toBe(before + 1);
});

test('--json prints one line per rule, in the order given, at ascending offsets of one key', async () => {
  const lines = [1, 2, 3].map((version) => JSON.stringify({ ...RULE, ruleId: 'json', version }));
  const { code, stdout } = await publish(`${lines.join('\n')}\n`, ['--json']);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number | string>);
  expect(code).toBe(0);
  expect(rows.map(({ ruleId, version, topic }) => [ruleId, version, topic])).toEqual(
    [1, 2, 3].map((version) => ['json', version, 'rules']),
  );
  expect(new Set(rows.map(({ partition }) => partition)).size).toBe(1);
  const offsets = rows.map(({ offset }) => Number(offset));
  expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
});

test.each([
  { name: 'an unknown field', change: { minIcuBed: 10 }, says: /minIcuBed.*minIcuBeds/ },
  { name: 'a wrong type', change: { version: 'two' }, says: /version/ },
  { name: 'a missing field', change: { scope: undefined }, says: /scope/ },
])('$name is refused by name, with exit code 2, and nothing of the file is sent', async ({ change, says }) => {
  const before = await records();
  const good = JSON.stringify({ ...RULE, ruleId: 'good' });
  const { code, stdout, stderr } = await publish(`${good}\n${JSON.stringify({ ...RULE, ...change })}\n`);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(says);
  expect(stderr).toMatch(/nothing was sent/);
  expect(await records()).toBe(before);
});

test('--follow answers each line while others are still to come, and ends with its input', async () => {
  const ess = spawn(process.execPath, [ESS, 'publish', '--follow', '--json', '-'], {
    cwd: REPOSITORY,
    env: { ...process.env, KAFKA_BROKERS: stack.brokers.join(','), SCHEMA_REGISTRY_URL: stack.registry },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  cleanup.defer(() => ess.kill('SIGKILL'));
  const exited = once(ess, 'exit');
  const answers = createInterface({ input: ess.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<object> => JSON.parse((await answers.next()).value ?? '{}');
  for (const version of [1, 2]) {
    ess.stdin.write(`${JSON.stringify({ ...RULE, ruleId: 'follow', version })}\n`);
    expect(await answer()).toMatchObject({ line: version, ruleId: 'follow', version, topic: 'rules' });
  }
  ess.stdin.write('{"ruleId":1}\n');
  expect(await answer()).toMatchObject({ line: 3, error: expect.stringContaining('stdin:3: ruleId must be string') });
  ess.stdin.end(JSON.stringify({ ...RULE, ruleId: 'follow', version: 3 }));
  expect(await answer()).toMatchObject({ line: 4, version: 3, offset: expect.any(Number) });
  expect(await exited).toEqual([1, null]);
});

test('a file that is not there or holds no JSON is wrong usage', async () => {
  for (const args of [['publish'], ['publish', '--follow']]) {
    await using ess = new EssProcess([...args, join(folder, 'absent.json')], {
      KAFKA_BROKERS: stack.brokers.join(','),
      SCHEMA_REGISTRY_URL: stack.registry,
    });
    expect(await ess.exited).toBe(2);
    expect(ess.output).toMatch(/absent\.json: it is not there/);
  }
  expect(await publish('{ "ruleId": ')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/:1: not JSON/),
  });
});

test('without a broker it fails instead of waiting for one, names the address and exits with 1', async () => {
  const { code, stdout, stderr } = await publish(JSON.stringify(RULE), [], { KAFKA_BROKERS: '127.0.0.1:1' });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('127.0.0.1:1');
});

test('without the registry it fails instead of waiting for it, names the address and exits with 1', async () => {
  const { code, stdout, stderr } = await publish(JSON.stringify(RULE), [], {
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1/apis/ccompat/v7',
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('http://127.0.0.1:1');
});
