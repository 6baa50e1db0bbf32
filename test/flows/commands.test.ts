// Every command of `ess` through its real process: data and nothing else on stdout, JSON that parses, exit codes 0, 1 and 2,
// a clear word when Kafka is away or a name is misspelt. A command without an entry in CASES fails the first test.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { completionNodes } from '@ess/cli/commands/completion/completion-script.ts';
import { allCommands } from '@ess/cli/commands.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { writeLetters } from '../harness/data/letters.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack, REPOSITORY } from '../harness/test-stack.ts';

interface World {
  readonly partner: string;
  /** A folder to write into. */
  readonly folder: string;
  /** `topic:partition:offset` of a dead letter. */
  readonly position: string;
  readonly partnerUrl: string;
}

interface Call {
  /** A call that works; with --json where the command has it. */
  readonly args: (world: World) => readonly string[];
  readonly code?: number;
  /** What stdout holds: one JSON value, JSON lines (at least so many), or text. */
  readonly output: 'json' | { readonly lines: number } | RegExp;
  /** It asks Kafka: the same call says within seconds that nobody is there. */
  readonly kafka?: true;
  /** It takes a partner: the same call with a misspelt one names the nearest. */
  readonly partner?: true;
  /** Wrong usage besides unknown options. */
  readonly usage?: (world: World) => readonly string[];
}

/** Runs until it is stopped, with 0; or by itself to its end. */
interface Run {
  readonly args: (world: World) => readonly string[];
  /** What it writes when it is up. */
  readonly until: RegExp;
  readonly ends?: true;
  /** Too long for every run. */
  readonly onlyFull?: true;
}

/** Another test runs the process and stops it. */
interface Elsewhere {
  readonly elsewhere: string;
}

const anyPorts = ['--kafka-port', '0', '--registry-port', '0'];

const CASES: Readonly<Record<string, Call | Run | Elsewhere>> = {
  up: { elsewhere: 'test/flows/stack.test.ts' },
  start: {
    args: ({ folder }) => ['start', '--data', join(folder, 'stack'), ...anyPorts],
    until: /Ctrl-C stops everything/,
  },
  demo: { args: () => ['demo', '--outage', '1s'], until: /Everything held/, ends: true, onlyFull: true },
  worker: { elsewhere: 'test/harness/programs/pipeline.ts' },
  inbound: { elsewhere: 'test/harness/programs/door-process.ts' },
  bridge: { elsewhere: 'test/harness/programs/stream-line.ts' },
  publish: {
    args: ({ folder }) => ['publish', join(folder, 'rule.json'), '--json'],
    output: { lines: 1 },
    kafka: true,
    usage: () => ['publish', 'absent.json'],
  },
  'topics apply': { args: () => ['topics', 'apply', '--json'], output: { lines: 5 }, kafka: true },
  'schemas apply': { args: () => ['schemas', 'apply', '--json'], output: 'json' },
  'schemas check': { args: () => ['schemas', 'check', '--json'], output: 'json' },
  config: { args: () => ['config', '--json'], output: 'json' },
  completion: {
    args: () => ['completion', 'bash'],
    output: /complete -o default -F _ess ess/,
    usage: () => ['completion', 'bsh'],
  },
  'keys new': { args: ({ partner }) => ['keys', 'new', partner, '--json'], output: 'json' },
  audit: {
    args: ({ partner }) => ['audit', '--partner', partner, '--since', '1h', '--json'],
    output: { lines: 1 },
    kafka: true,
    partner: true,
    usage: () => ['audit', '--outcome', 'deliverd'],
  },
  'connector check': {
    args: ({ partner }) => ['connector', 'check', partner, '--json'],
    output: 'json',
    partner: true,
  },
  'connector preview': {
    args: ({ partner, folder }) => [
      'connector',
      'preview',
      partner,
      '--mapping',
      join(folder, 'new-mapping.json'),
      '--json',
    ],
    output: 'json',
    kafka: true,
    partner: true,
    usage: ({ partner }) => ['connector', 'preview', partner, '--since', 'yesterday'],
  },
  'connector new': {
    args: ({ folder }) => [
      'connector',
      'new',
      'clinic',
      '--url',
      'https://clinic.example/',
      '--connectors',
      join(folder, 'own'),
      '--json',
    ],
    output: 'json',
    usage: ({ partner }) => ['connector', 'new', partner, '--url', 'https://clinic.example/'],
  },
  'connector schema': {
    args: ({ partner }) => ['connector', 'schema', partner, '--json'],
    output: 'json',
    partner: true,
    usage: ({ partner }) => ['connector', 'schema', partner, '--stream'],
  },
  'connector probe': {
    args: ({ partner, partnerUrl }) => ['connector', 'probe', partner, '--url', partnerUrl, '--json'],
    output: 'json',
    partner: true,
    usage: ({ partner }) => ['connector', 'probe', partner],
  },
  'dead-letters list': {
    args: ({ partner }) => ['dead-letters', 'list', '--partner', partner, '--json'],
    output: { lines: 1 },
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'list', '--state', 'parkd'],
  },
  'dead-letters show': {
    args: ({ position, partner }) => ['dead-letters', 'show', position, '--partner', partner, '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'show', '3:1042'],
  },
  'dead-letters redrive': {
    args: ({ partner }) => ['dead-letters', 'redrive', '--partner', partner, '--dry-run', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'redrive', '--yes'],
  },
  'dead-letters drop': {
    args: ({ partner }) => ['dead-letters', 'drop', '--partner', partner, '--reason', 'tombstone', '--yes', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'drop'],
  },
  'dead-letters cancel': {
    args: ({ partner }) => ['dead-letters', 'cancel', `redrive-of-${partner}`],
    code: 2,
    output: /^$/,
    kafka: true,
  },
  replay: {
    args: ({ partner }) => ['replay', partner, '--earliest', '--dry-run', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: ({ partner }) => ['replay', partner, '--since', 'yesterday'],
  },
  status: { args: ({ partner }) => ['status', partner, '--json'], output: 'json', kafka: true, partner: true },
  lag: { args: ({ partner }) => ['lag', partner, '--json'], output: 'json', kafka: true, partner: true },
  pause: { args: ({ partner }) => ['pause', partner, '--json'], output: 'json', kafka: true, partner: true },
  resume: { args: ({ partner }) => ['resume', partner, '--json'], output: 'json', kafka: true, partner: true },
  tail: { args: () => ['tail', 'ess.audit', '--limit', '1'], output: { lines: 1 }, kafka: true },
  'replay list': { args: () => ['replay', 'list', '--json'], output: { lines: 0 }, kafka: true },
  'replay show': { args: () => ['replay', 'show', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
  'replay cancel': { args: () => ['replay', 'cancel', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
  'replay undo': { args: () => ['replay', 'undo', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
};

const calls = Object.entries(CASES).flatMap(([name, one]) => ('output' in one ? [{ name, ...one }] : []));
const runs = Object.entries(CASES).flatMap(([name, one]) => ('until' in one ? [{ name, ...one }] : []));
const nodes = completionNodes(await allCommands());
/** What a person can run: the ends of the tree, and those in between that do something by themselves. */
const runnable = nodes
  .filter(({ commands, takesPartner, path }) => path.length > 0 && (commands.length === 0 || takesPartner))
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
afterAll(() => cleanup[Symbol.asyncDispose](), 30_000);

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

  test('says what is wrong with its usage, and exits with 2', async () => {
    const wrong = [[...call.name.split(' '), '--no-such-option'], ...(call.usage ? [call.usage(world)] : [])];
    for (const { code, stdout, stderr } of await Promise.all(wrong.map((args) => run(args)))) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^(ess|error): .{10}/);
    }
  });

  if (call.kafka)
    test('says where no Kafka answers and what to do, and exits with 1', async () => {
      const { code, stdout, stderr } = await run(call.args(world), { KAFKA_BROKERS: '127.0.0.1:1' });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^ess: .*127\.0\.0\.1:1.*KAFKA_BROKERS/);
    });

  if (call.partner)
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

test('a port that is open and silent is found out too', async () => {
  const mute = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const { port } = mute.address() as AddressInfo;
  const { code, stderr } = await run(['audit'], { KAFKA_BROKERS: `127.0.0.1:${port}` });
  mute.close();
  expect(code).toBe(1);
  expect(stderr).toMatch(/does not answer as Kafka does.*KAFKA_BROKERS/);
});

test('a command that is misspelt is answered with the nearest one', async () => {
  const { code, stderr } = await run(['dead-leters']);
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean dead-letters?');
});
