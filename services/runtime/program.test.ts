import { EssError } from '@ess/domain/text/error.ts';
import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { createLog } from './log/log.ts';
import type { Program, ProgramOptions } from './program.ts';
import { startProgram } from './program.ts';

const told: string[] = [];
const options = (more: Partial<ProgramOptions> = {}): ProgramOptions => ({
  log: createLog('test', { pretty: false, write: (line) => told.push(line) }),
  adminPort: 0,
  onFatal: () => undefined,
  ...more,
});

const opened = async (more: Partial<ProgramOptions> = {}) => {
  let url = '';
  const program = await startProgram(options(more), ['kafka'], async (program) => {
    ({ url } = await program.openAdmin(new Registry(), { notReady: () => ['more'] }));
    return program;
  });
  const ask = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    return [answer.status, await answer.text()];
  };
  return { program, ask };
};

test('what it waits for is on /readyz until it is there, and the stop is too', async () => {
  const { program, ask } = await opened();
  expect(await ask('/readyz')).toEqual([503, 'waiting for: kafka, more\n']);
  program.waits.delete('kafka');
  expect(await ask('/readyz')).toEqual([503, 'waiting for: more\n']);
  let seen: unknown;
  program.defer(async () => {
    seen = await ask('/readyz');
  });
  await Promise.all([program.stop(), program.stop()]);
  expect(seen).toEqual([503, 'waiting for: the stop, more\n']);
});

test('one that cannot go on says so on /livez, in the log and to who started it', async () => {
  const fatal: string[] = [];
  const { program, ask } = await opened({ onFatal: (error) => fatal.push(error.message) });
  expect(await ask('/livez')).toEqual([200, 'ok\n']);
  program.fail('outbox.gone', { topic: 't' }, new Error('gone'));
  expect(await ask('/livez')).toEqual([503, 'not live\n']);
  expect(fatal).toEqual(['gone']);
  expect(JSON.parse(told.at(-1) ?? '')).toMatchObject({ level: 'fatal', topic: 't', msg: 'outbox.gone' });
  await program.stop();
});

test('what was opened is closed in reverse when it cannot start, also when a step fails', async () => {
  const closed: string[] = [];
  const assemble = async (program: Program) => {
    program.defer(() => closed.push('first'));
    program.defer(() => Promise.reject(new Error('while closing')));
    program.defer(() => closed.push('second'));
    throw new EssError('ESS_CONFIG', 'wrong');
  };
  await expect(startProgram(options(), [], assemble)).rejects.toThrow('wrong');
  expect(closed).toEqual(['second', 'first']);
});

test('told to stop while it waits it closes what was opened, although what it waits for never ends', async () => {
  const stop = new AbortController();
  const closed: string[] = [];
  const starting = startProgram(options({ signal: stop.signal }), [], (program) => {
    program.defer(() => closed.push('opened'));
    stop.abort(new Error('stop'));
    return new Promise<never>(() => undefined);
  });
  await expect(starting).rejects.toThrow('stop');
  expect(closed).toEqual(['opened']);
  const late = startProgram(options({ signal: stop.signal }), [], async () => closed.push('begun'));
  await expect(late).rejects.toThrow('stop');
  expect(closed).toEqual(['opened']);
});

test('while Kafka is away it is assembled anew, from nothing', async () => {
  const programs: Program[] = [];
  const closed: number[] = [];
  const started = await startProgram(options(), ['kafka'], async (program) => {
    expect([...program.waits]).toEqual(['kafka']);
    programs.push(program);
    program.defer(() => closed.push(programs.length));
    if (programs.length === 1) throw new EssError('ESS_BROKER', 'nobody there');
    return program;
  });
  expect(programs).toHaveLength(2);
  expect(started).toBe(programs[1]);
  expect(closed).toEqual([1]);
  await started.stop();
});
