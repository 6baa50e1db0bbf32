// Real processes of a fake program; the time is the test's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createLog } from '@ess/runtime/log/log.ts';
import { serveMetrics } from '@ess/runtime/metrics/serve-metrics.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { freeze, isAlive, untilGone } from '@ess/test/harness/process-state.ts';
import { afterEach, expect, test } from '@jest/globals';
import type { Clock } from './clock.ts';
import { LINE_BYTES_MAX } from './log-lines.ts';
import { OneLog } from './one-log.ts';
import { Supervisor } from './supervisor.ts';

const FAKE = fileURLToPath(new URL('../../../../test/fakes/programs/fake-program.ts', import.meta.url));
const MODULE = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

class TestClock implements Clock {
  atMs = 0;
  readonly waits: number[] = [];
  #pass: (() => void) | undefined;

  now(): number {
    return this.atMs;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    this.waits.push(ms);
    return new Promise((resolve) => {
      const pass = () => {
        if (!signal.aborted) this.atMs += ms;
        if (this.#pass === pass) this.#pass = undefined;
        resolve();
      };
      this.#pass = pass;
      signal.addEventListener('abort', pass, { once: true });
    });
  }

  /** The next wait is over; resolves when it has begun before. */
  async pass(): Promise<void> {
    const pass = await eventually('somebody waits', () => this.#pass);
    pass();
  }
}

function open() {
  const entries: Array<Record<string, unknown>> = [];
  const oneLog = new OneLog({
    pretty: false,
    write(lines) {
      for (const line of Buffer.from(lines).toString().split('\n'))
        if (line !== '') entries.push(JSON.parse(line) as Record<string, unknown>);
      return undefined;
    },
  });
  const log = createLog('serve', { pretty: false, write: oneLog.own });
  const clock = new TestClock();
  const metrics = serveMetrics();
  const supervisor = new Supervisor({ log, oneLog, clock, metrics });
  supervisors.push(supervisor);
  /** The entries so far, or to come, with these fields. */
  const logged = (fields: Record<string, unknown>, count = 1) =>
    eventually(`${count} × ${JSON.stringify(fields)}`, () => {
      const found = entries.filter((entry) => Object.entries(fields).every(([name, value]) => entry[name] === value));
      return found.length >= count ? found : undefined;
    });
  const begin = (way: string, ...words: string[]) =>
    supervisor.begin({ name: way, command: process.execPath, args: [FAKE, way, ...words] });
  return { entries, clock, metrics, supervisor, logged, begin };
}

const supervisors: Supervisor[] = [];
afterEach(() => {
  // Whatever a test has left behind.
  for (const { programs } of supervisors.splice(0))
    for (const program of programs.values()) {
      void program.stop();
      if (program.pid !== undefined && isAlive(program.pid)) process.kill(program.pid, 'SIGKILL');
    }
});

test('a program that ends is told with its code, and is started again after 1, 2, 4, 8, 16 and from then on 30 s', async () => {
  const { clock, logged, begin, metrics, supervisor } = open();
  begin('crash');
  for (let count = 1; count <= 7; count += 1) {
    const [entry] = (await logged({ msg: 'program.ended', served: 'crash' }, count)).slice(-1);
    expect(entry).toMatchObject({ level: 'error', program: 'serve', code: 3, signal: null, ranMs: 0 });
    if (count < 7) await clock.pass();
  }
  expect(clock.waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect((await metrics.restarts.get()).values).toEqual([{ labels: { program: 'crash' }, value: 6 }]);
  expect((await metrics.up.get()).values).toEqual([{ labels: { program: 'crash' }, value: 0 }]);
  expect(await supervisor.notReady()).toEqual(['crash (it ended (code 3) and is started again)']);
});

test('one that ran for a minute waits a second again, and a signal is told by its name', async () => {
  const { clock, logged, begin } = open();
  const program = begin('steady');
  for (const [count, ranMs] of [59_999, 59_999, 60_000].entries()) {
    await logged({ msg: 'up' }, count + 1);
    clock.atMs += ranMs;
    process.kill(program.pid ?? 0, 'SIGKILL');
    const [entry] = (await logged({ msg: 'program.ended' }, count + 1)).slice(-1);
    expect(entry).toMatchObject({ code: null, signal: 'SIGKILL', ranMs });
    await clock.pass();
  }
  expect(clock.waits).toEqual([1_000, 2_000, 1_000]);
});

test('one that ends takes no other along', async () => {
  const { clock, logged, begin } = open();
  const steady = begin('steady');
  const other = begin('deaf');
  await logged({ msg: 'up' }, 2);
  const { pid } = steady;
  process.kill(other.pid ?? 0, 'SIGKILL');
  await logged({ msg: 'program.ended', served: 'deaf' });
  await clock.pass();
  await logged({ msg: 'up', way: 'deaf' }, 2);
  expect(steady.pid).toBe(pid);
  expect(isAlive(pid ?? 0)).toBe(true);
});

test('one that refuses its command line is told with what it says, is not ready because of it, and is tried again', async () => {
  const { clock, logged, begin, supervisor } = open();
  begin('usage');
  const [entry] = await logged({ msg: 'program.misconfigured', served: 'usage' });
  expect(entry).toMatchObject({ code: 2, error: 'no such option', remedy: expect.any(String), againInMs: 1_000 });
  expect(await supervisor.notReady()).toEqual(['usage (wrong configuration: no such option)']);
  await clock.pass();
  await logged({ msg: 'program.misconfigured' }, 2);
  expect(clock.waits).toEqual([1_000, 2_000]);
  await expect(supervisor.untilReady(new AbortController().signal)).rejects.toThrow('no such option');
});

test('one that refuses its settings three times in a row is told so; before it may be a file that is being written', async () => {
  const { clock, logged, begin, supervisor } = open();
  begin('config');
  for (const count of [1, 2]) {
    const [entry] = (await logged({ msg: 'program.ended' }, count)).slice(-1);
    expect(entry).toMatchObject({ code: 1, error: 'HOSPITAL_SECRET is not set' });
    await clock.pass();
  }
  const [entry] = await logged({ msg: 'program.misconfigured' });
  expect(entry).toMatchObject({ code: 1, error: 'HOSPITAL_SECRET is not set' });
  expect(await supervisor.notReady()).toEqual(['config (wrong configuration: HOSPITAL_SECRET is not set)']);
});

test('each program is asked whether it is ready, and those that are not are named with their reason', async () => {
  const { logged, begin, supervisor } = open();
  const listens = begin('listens');
  expect(await supervisor.notReady()).toEqual(['listens (it starts)']);
  await logged({ msg: 'program.listens' });
  const says = (wanted: string) =>
    eventually(`not ready: ${wanted}`, async () => String(await supervisor.notReady()) === wanted || undefined);
  await says('listens (waiting for: kafka)');
  process.kill(listens.pid ?? 0, 'SIGUSR2');
  await logged({ msg: 'ready' });
  await says('');
  await supervisor.untilReady(new AbortController().signal);
  await freeze(listens.pid ?? 0);
  expect(await supervisor.notReady()).toEqual([expect.stringMatching(/^listens \(no answer from http.*\/readyz\)$/)]);
});

test('a stop asks all at once, waits for all, and says that they ended in good order', async () => {
  const { entries, logged, begin, supervisor } = open();
  const slow = begin('slow');
  begin('steady');
  await logged({ msg: 'up' }, 2);
  const stopped = supervisor.stop();
  // One after the other, the second would never hear of it.
  await Promise.all([logged({ msg: 'stopping' }), logged({ msg: 'program.stopped', served: 'steady' })]);
  expect(entries.filter(({ msg, served }) => msg === 'program.stopped' && served === 'slow')).toEqual([]);
  process.kill(slow.pid ?? 0, 'SIGUSR2');
  expect(await stopped).toBe(true);
  expect(await supervisor.stop()).toBe(true);
  expect(entries.filter(({ msg }) => msg === 'program.ended')).toEqual([]);
});

test('one that does not stop is killed 2 s after the longest that a stop takes, which is no good order', async () => {
  const { clock, logged, begin, supervisor } = open();
  const deaf = begin('deaf');
  await logged({ msg: 'up' });
  const { pid = 0 } = deaf;
  const stopped = supervisor.stop();
  await logged({ msg: 'heard' });
  expect(isAlive(pid)).toBe(true);
  await clock.pass();
  expect(await stopped).toBe(false);
  expect(clock.waits).toEqual([27_000]);
  expect(await logged({ msg: 'program.killed' })).toMatchObject([{ served: 'deaf', afterMs: 27_000 }]);
  expect(await logged({ msg: 'program.stopped' })).toMatchObject([{ level: 'error', signal: 'SIGKILL' }]);
  expect(isAlive(pid)).toBe(false);
});

test('one that has told that its stop may take longer is waited for', async () => {
  const { clock, logged, begin, supervisor } = open();
  const slow = begin('slow');
  await logged({ msg: 'up' });
  const stopped = supervisor.stop();
  await eventually('it has told how long', () => slow.words.stopMs);
  await clock.pass();
  await eventually('it is waited for again', () => (clock.waits.length === 2 ? true : undefined));
  expect(clock.waits).toEqual([27_000, 75_000]);
  process.kill(slow.pid ?? 0, 'SIGUSR2');
  expect(await stopped).toBe(true);
});

test('a stop does not wait for a start that is to come, and starts nothing', async () => {
  const { entries, logged, begin, supervisor } = open();
  begin('crash');
  await logged({ msg: 'program.ended' });
  expect(await supervisor.stop()).toBe(true);
  expect(entries.filter(({ msg }) => msg === 'program.started')).toHaveLength(1);
});

test('a program that cannot be started is told like one that ends', async () => {
  const { logged, supervisor } = open();
  supervisor.begin({ name: 'absent', command: '/no/such/program', args: [] });
  expect(await logged({ msg: 'program.ended' })).toMatchObject([{ served: 'absent', code: 127 }]);
});

test('what a program writes is passed on whole and in order, whatever it is, before its end is told', async () => {
  const { entries, logged, begin } = open();
  const pieces = ['{"program":"x","n":', '1}\n{"n":2}\nte', 'xt \xff\n{"program":"x","n":3', '}'];
  begin('writes', ...pieces.map((piece) => Buffer.from(piece, 'latin1').toString('base64')));
  await logged({ msg: 'program.ended' });
  expect(entries.slice(1)).toMatchObject([
    { program: 'x', n: 1 },
    { program: 'writes', n: 2 },
    { program: 'writes', text: 'text \ufffd', msg: 'program.said' },
    { program: 'x', n: 3 },
    { msg: 'program.ended', code: 0 },
  ]);
});

test('a line that has no end costs a megabyte at most, and the next one is whole', async () => {
  const { entries, logged, begin } = open();
  begin('giant', String(5 * LINE_BYTES_MAX));
  await logged({ msg: 'program.ended' });
  const [giant, after] = entries.slice(1);
  expect(String(giant?.['text'])).toHaveLength(LINE_BYTES_MAX);
  expect(giant).toMatchObject({ lostBytes: 4 * LINE_BYTES_MAX, msg: 'program.said' });
  expect(after).toMatchObject({ text: 'after' });
});

test('a supervisor that is killed leaves nobody behind, not even one that hears nothing or stands', async () => {
  const launcher = `import { writeSync } from 'node:fs';
import { Supervisor } from ${MODULE('supervisor.ts')};
import { OneLog } from ${MODULE('one-log.ts')};
const oneLog = new OneLog({ pretty: false, write: (lines) => void writeSync(1, lines) });
const none = { inc() {}, set() {} };
const supervisor = new Supervisor({ log: { info() {}, error() {} }, oneLog, metrics: { restarts: none, up: none } });
const begin = (name) => supervisor.begin({ name, command: process.execPath, args: [${JSON.stringify(FAKE)}, 'deaf'] }).pid;
writeSync(1, [begin('one'), begin('two')].join(' ') + '\\n');`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', launcher], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  let ups = 0;
  let pids: number[] = [];
  for await (const line of lines) {
    if (/^\d/.test(line)) pids = line.split(' ').map(Number);
    else if (line.includes('"up"')) ups += 1;
    if (ups === 2 && pids.length === 2) break;
  }
  await freeze(pids[0] ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const pid of pids) await untilGone(pid);
});
