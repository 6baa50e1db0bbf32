import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { eventually } from './deadline.ts';
import { isAlive, programOf, untilGone, untilGroupGone } from './process-state.ts';

/** Starts a child that ends with our end of the pipe, tells its id, and becomes a program that buries nobody. */
const NEGLIGENT = 'exec 3<&0; cat <&3 & echo $!; exec sleep 600 3<&-';

test('a process that has ended and is not buried is gone; the one that neglects it is not', async () => {
  const parent = spawn('/bin/sh', ['-c', NEGLIGENT], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const parentPid = parent.pid ?? 0;
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const pid = Number(line);
  await eventually('the parent is another program', () => programOf(parentPid) === 'sleep' || undefined);
  expect(isAlive(pid)).toBe(true);
  parent.stdin.end();
  await untilGone(pid);
  expect(process.kill(pid, 0)).toBe(true); // it waits to be buried
  expect([isAlive(pid), isAlive(parentPid)]).toEqual([false, true]);
  parent.kill('SIGKILL');
  await untilGroupGone(parentPid);
  expect(isAlive(parentPid)).toBe(false);
});
