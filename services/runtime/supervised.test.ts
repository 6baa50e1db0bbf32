import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freeze, programOf, untilGone } from '@ess/test/harness/process-state.ts';
import { describe, expect, test } from '@jest/globals';
import { spawnSupervised } from './supervised.ts';

const MODULE = fileURLToPath(new URL('supervised.ts', import.meta.url));
/** A launcher of its own: starts a long sleep, prints its pid, stays. */
const LAUNCHER = `import { spawnSupervised } from ${JSON.stringify(MODULE)};
const child = spawnSupervised('sleep', ['600'], { output: 'pipe' });
console.log(child.pid);`;

/** Before that the shell may not have begun to watch. */
async function untilStarted(pid: number): Promise<void> {
  while (programOf(pid) !== 'sleep') await delay(10);
}

describe('a supervised child', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('dies when its launcher gets %s', async (signal) => {
    const launcher = spawn(process.execPath, ['--input-type=module-typescript', '-e', LAUNCHER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: launcher.stdout }), 'line');
    const pid = Number(line);
    await untilStarted(pid);
    launcher.kill(signal);
    await untilGone(pid);
  });

  test('dies although it was stopped', async () => {
    const launcher = spawn(process.execPath, ['--input-type=module-typescript', '-e', LAUNCHER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: launcher.stdout }), 'line');
    const pid = Number(line);
    await untilStarted(pid);
    await freeze(pid);
    launcher.kill('SIGKILL');
    await untilGone(pid);
  });

  test('hands on its own exit code, arguments and environment', async () => {
    const child = spawnSupervised('sh', ['-c', 'echo "$1 $PLANET"; exit 7', 'x', 'a b'], {
      output: 'pipe',
      env: { PLANET: 'earth' },
    });
    const [line] = await once(createInterface({ input: child.stdout! }), 'line');
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    expect([line, code]).toEqual(['a b earth', 7]);
  });

  test('that does not exist ends with 127', async () => {
    const [code] = await once(spawnSupervised('no-such-program', [], { output: 'pipe' }), 'exit');
    expect(code).toBe(127);
  });
});
