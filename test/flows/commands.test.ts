// Every command of `ess` through its real process: data and nothing else on stdout, JSON that parses, exit codes 0, 1 and 2,
// a clear word when Kafka is away or a name is misspelt. A command without an entry in CASES fails the first test.
// What all commands have from one place is asked of each only in full.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionNodes } from '@ess/cli/commands/completion/completion-script.ts';
import { allCommands } from '@ess/cli/commands.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { FakePartner } from '../fakes/partner.ts';
import { writeLetters } from '../harness/data/letters.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { FULL } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import type { World } from './command-cases.ts';
import { CASES } from './command-cases.ts';

const calls = Object.entries(CASES).flatMap(([name, one]) => ('output' in one ? [{ name, ...one }] : []));
const runs = Object.entries(CASES).flatMap(([name, one]) => ('until' in one ? [{ name, ...one }] : []));
const nodes = completionNodes(await allCommands());
/** What a person can run: the ends of the tree, and those in between that do something by themselves. */
const runnable = nodes
  .filter(
    ({ commands, options, takesPartner, path }) =>
      path.length > 0 && (commands.length === 0 || takesPartner || options.length > 0),
  )
  .map(({ path }) => path.join(' '));

const cleanup = new Cleanup();
let stack: TestStack;
let line: Pipeline;
let world: World;

beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const partner = await FakePartner.start();
  cleanup.defer(() => partner[Symbol.asyncDispose]());
  line = await Pipeline.open(stack, partner);
  cleanup.defer(() => line[Symbol.asyncDispose]());
  const folder = temporaryFolder(cleanup);
  mkdirSync(join(folder, 'own'));
  const rule = { ...makeRule('beds', 1), eventId: undefined };
  writeFileSync(join(folder, 'rule.json'), JSON.stringify(rule));
  writeFileSync(join(folder, 'new-mapping.json'), JSON.stringify({ fields: { ruleId: 'ruleId', version: 'edition' } }));
  const [worker] = await line.start();
  await line.source.publish([makeRule('beds', 1), makeRule('beds', 2)]);
  await partner.until((received) => received.length === 2);
  await line.drained();
  await worker?.signal('SIGTERM');
  const [letter] = await writeLetters(line, [makeRule('parked', 1), makeRule('parked', 2)]);
  const position = `${letter?.topic}:${letter?.partition}:${letter?.offset}`;
  world = { partner: line.partner, folder, position, partnerUrl: partner.url };
});
afterAll(() => cleanup[Symbol.asyncDispose]());

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const ess = line.ess(args, env);
  const code = await ess.exited;
  return { code, stdout: ess.stdout, stderr: ess.output.replace(ess.stdout, '') };
}

test('every command has an entry here, and nothing else has', () => {
  expect(Object.keys(CASES).sort()).toEqual([...runnable].sort());
});

test('a command that runs until it is stopped is run by the test that is named', () => {
  for (const [name, one] of Object.entries(CASES))
    if ('elsewhere' in one) {
      expect([name, existsSync(join(REPOSITORY, one.elsewhere))]).toEqual([name, true]);
      expect(readFileSync(join(REPOSITORY, one.elsewhere), 'utf8')).toContain(`'${name}'`);
    }
});

test('the help of every command says what it does, describes each option and gives an example', async () => {
  const program = await allCommands();
  for (const name of runnable) {
    let command = program;
    for (const step of name.split(' ')) command = command.commands.find((sub) => sub.name() === step) ?? command;
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect([name, help]).toEqual([name, expect.stringMatching(/Examples?:\n +(\$ )?\S*.*(ess|npm) /)]);
    expect([name, command.description()]).toEqual([name, expect.stringMatching(/\w{3}/)]);
    for (const option of command.options)
      expect([name, option.flags, option.description]).toEqual([name, option.flags, expect.stringMatching(/\w{2}/)]);
  }
});

/** A start of a process costs a second. */
const ALSO_REDUCED = new Set(['audit', 'dead-letters redrive', 'replay', 'status']);
const isAsked = ({ name }: { name: string }): boolean => FULL || ALSO_REDUCED.has(name);

test.each(calls)('ess $name knows no other options', async ({ name }) => {
  const program = await allCommands();
  for (const command of [program, ...nodesOf(program)])
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  const words = name.split(' ');
  const command = words.reduce((at, word) => at.commands.find((sub) => sub.name() === word) ?? at, program);
  // What it cannot do without is asked for first.
  const given = command.options.flatMap(({ mandatory, required, long }) =>
    mandatory ? [long ?? '', ...(required ? ['1'] : [])] : [],
  );
  const failure = await program
    .parseAsync([...words, ...given, '--no-such-option'], { from: 'user' })
    .catch((error) => error);
  expect(failure).toMatchObject({ code: 'commander.unknownOption' });
});

const nodesOf = (command: Command): Command[] =>
  command.commands.flatMap((sub) => [sub as Command, ...nodesOf(sub as Command)]);

describe.each(calls)('ess $name', (call) => {
  test('prints data and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await run(call.args(world));
    expect({ code, stderr: code === (call.code ?? 0) ? '' : stderr }).toEqual({ code: call.code ?? 0, stderr: '' });
    if (call.output instanceof RegExp) expect(stdout).toMatch(call.output);
    else if (call.output === 'json') expect(JSON.parse(stdout)).toEqual(expect.anything());
    else {
      const lines = stdout.split('\n').filter((text) => text !== '');
      for (const text of lines) expect(JSON.parse(text)).toEqual(expect.any(Object));
      expect(lines.length).toBeGreaterThanOrEqual(call.output.lines);
    }
  });

  const { usage } = call;
  if (usage && isAsked(call))
    test('says what is wrong with its usage, and exits with 2', async () => {
      const { code, stdout, stderr } = await run(usage(world));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^(ess|error): .{10}/);
    });

  if (call.kafka && isAsked(call))
    test('says where no Kafka answers and what to do, and exits with 1', async () => {
      const { code, stdout, stderr } = await run(call.args(world), { KAFKA_BROKERS: '127.0.0.1:1' });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^ess: .*127\.0\.0\.1:1.*KAFKA_BROKERS/);
    });

  if (call.partner && isAsked(call))
    test('names the nearest partner for one that there is not', async () => {
      const misspelt = call.args(world).map((word) => (word === world.partner ? `${word}x` : word));
      const { code, stdout, stderr } = await run(misspelt);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`did you mean "${world.partner}"?`);
    });
});

test.each(runs)('ess $name comes up, says so, and ends in good order', async ({ args, until, ends, onlyFull }) => {
  if (onlyFull && !FULL) return;
  const ess = line.ess(args(world), { ESS_WORKER_PORT: '0' });
  await eventually(
    `${args(world).join(' ')} is up`,
    () => {
      if (until.test(ess.output)) return true;
      if (ess.ended !== undefined) throw new Error(`it ended with ${ess.ended}: ${ess.output.slice(-2_000)}`);
      return undefined;
    },
    { timeoutMs: PATIENCE_MS },
  );
  if (!ends) await ess.signal('SIGTERM');
  expect([await ess.exited, ess.stdout]).toEqual([0, '']);
});

test('Kafka that answers late, as one that has just started does, is waited for, and that is told', async () => {
  await using late = await KafkaProxy.start(stack.brokers[0] as string);
  late.cut();
  const asked = [['topics', 'apply'], ['publish', join(world.folder, 'rule.json')], ['audit']];
  const commands = asked.map((args) => line.ess(args, { KAFKA_BROKERS: late.address }));
  const told = `what listens at ${late.address} has not answered as Kafka does yet: waiting up to 30 s; check KAFKA_BROKERS`;
  await eventually('each tells that it waits', () =>
    commands.every(({ output }) => output.includes(told)) ? true : undefined,
  );
  late.heal();
  expect(await Promise.all(commands.map(({ exited }) => exited))).toEqual([0, 0, 0]);
});

test.each([
  ['dead-leters', /Did you mean dead-letters\?/],
  ['status --no-such-option', /unknown option '--no-such-option'/],
])('ess %s is answered with 2 and what is right', async (words, told) => {
  const { code, stdout, stderr } = await run(words.split(' '));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(told);
});
