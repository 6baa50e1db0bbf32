// The benchmark itself works: small sizes of a scenario or two, judged by what came and in which order, never by the clock.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { REPOSITORY } from '../harness/repository.ts';
import { FULL } from '../harness/results.ts';

test('npm run bench --quick measures against real Kafka, loses nothing, keeps the order and prints its table', async () => {
  const { code, stdout, stderr } = await bench(...(FULL ? ['S1', 'S4', 'S9'] : ['S1']), '--quick');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const more = FULL ? ['S4  one slow key', 'S9  rules waiting, the sink takes 20 ms and speaks TLS'] : [];
  for (const text of ['S1  rules waiting', 'dispatch', 'eachMessage', 'rate: ess ÷ dispatch', ...more])
    expect(stdout).toContain(text);
  expect(stdout.match(/lost 0, out of order 0/g)).toHaveLength(1 + more.length);
});

test('a scenario that does not exist is a usage error that names the known ones', async () => {
  const { code, stderr } = await bench('S99');
  expect(code).toBe(2);
  expect(stderr).toContain('known: S1, S2');
});

function bench(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'test/bench/main.ts'), ...args], { cwd: REPOSITORY });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr })),
  );
}
