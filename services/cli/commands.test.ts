import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addList, allCommands } from './commands.ts';

const ESS = fileURLToPath(new URL('./bin/ess.mjs', import.meta.url));
const folder = temporaryFolder({ defer: afterAll });

test('the list of commands says of each what the command says of itself', async () => {
  const list = new Command('ess');
  addList(list);
  expect(list.helpInformation()).toBe((await allCommands()).helpInformation());
});

/** The files that a start of `ess` loads, whatever comes of it. */
function loadedBy(...args: readonly string[]): string[] {
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     import { writeSync } from 'node:fs';
     registerHooks({ load: (url, context, next) => { writeSync(3, url + '\\n'); return next(url, context); } });`,
  );
  const command = [process.execPath, '--import', hook, ESS, ...args].map((word) => `'${word}'`).join(' ');
  const loaded = execFileSync('/bin/sh', ['-c', `${command} 3>&1 >/dev/null 2>&1 || true`], { encoding: 'utf8' });
  return loaded.split('\n').filter((url) => url.startsWith('file:'));
}

test('ess --version prints the version of the package alone', () => {
  expect(execFileSync(process.execPath, [ESS, '--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([['--help'], ['help'], []])('ess %s imports no command', (...args) => {
  const loaded = loadedBy(...args);
  expect(loaded.some((url) => url.endsWith('/cli/commands.ts'))).toBe(true);
  expect(loaded.filter((url) => /\/cli\/commands\/|kafkajs|\/ajv\/|\/yaml\//.test(url))).toEqual([]);
});

test('a command imports no other, and what it may not need only when it does', () => {
  const loaded = loadedBy('status', '--help');
  const pieces = loaded.filter((url) => url.includes('/cli/commands/'));
  expect(new Set(pieces.map((url) => url.split('/').at(-2)))).toEqual(new Set(['status']));
  expect(loaded.filter((url) => /confluent-schema-registry|protobufjs|undici|fastify|@ess\/worker/.test(url))).toEqual(
    [],
  );
});

test('an option for a port takes the number of a port and nothing else', async () => {
  const tree = (command: Command): Command[] => [command, ...command.commands.flatMap((sub) => tree(sub as Command))];
  const ports = tree(await allCommands()).flatMap(({ options }) =>
    options.filter(({ long }) => long?.endsWith('port')),
  );
  expect(ports.length).toBeGreaterThanOrEqual(10);
  for (const { parseArg } of ports) {
    for (const wrong of ['x', '99999', '-1', '1.5', ''])
      expect(() => parseArg?.(wrong, undefined)).toThrow('must be a port from 0 to 65535');
    expect(parseArg?.('8080', undefined)).toBe(8080);
  }
});
