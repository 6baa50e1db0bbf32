import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addList, allCommands } from './commands.ts';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ESS = fileOf('./bin/ess.mjs');
const WORKER = fileOf('../worker/worker.ts');
const REGISTRY_CLIENT = fileOf('../stream/registry/registry-client.ts');
const CONNECTORS = fileOf('../../connectors');
const folder = temporaryFolder({ defer: afterAll });

test('the list of commands says of each what the command says of itself', async () => {
  const list = new Command('ess');
  addList(list);
  expect(list.helpInformation()).toBe((await allCommands()).helpInformation());
});

/** The files that a start of `ess` loads, whatever comes of it. */
const loadedBy = (...args: readonly string[]): string[] => loaded(ESS, ...args);

/** @param command of Node */
function loaded(...command: readonly string[]): string[] {
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     import { writeSync } from 'node:fs';
     registerHooks({ load: (url, context, next) => { writeSync(3, url + '\\n'); return next(url, context); } });`,
  );
  const words = [process.execPath, '--import', hook, ...command].map((word) => `'${word}'`).join(' ');
  const urls = execFileSync('/bin/sh', ['-c', `${words} 3>&1 >/dev/null 2>&1 || true`], { encoding: 'utf8' });
  return urls.split('\n').filter((url) => url.startsWith('file:'));
}

test('ess --version prints the version of the package alone', () => {
  expect(execFileSync(process.execPath, [ESS, '--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('what ess imports of its own is found by its name, and Node looks for none of it', () => {
  const hook = join(folder, 'looked-for.mjs');
  // Hooks that were registered later are asked first.
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module';
     import { writeSync } from 'node:fs';
     registerHooks({ resolve: (name, context, next) => { writeSync(3, name + '\\n'); return next(name, context); } });`,
  );
  const words = `'${process.execPath}' --import '${hook}' '${ESS}' worker --help 3>&1 >/dev/null`;
  const lookedFor = execFileSync('/bin/sh', ['-c', words], { encoding: 'utf8' }).split('\n');
  expect(lookedFor).toContain('commander');
  expect(lookedFor.filter((name) => name.endsWith('.ts'))).toEqual([
    expect.stringMatching(/\/services\/cli\/main\.ts$/),
  ]);
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

test('a connector without a contract is checked by code that is there already', () => {
  const files = loadedBy('connector', 'check', 'county-legacy', '--connectors', CONNECTORS);
  expect(files.filter((url) => /shapes\.mjs$|\/ajv\/dist\/(?!runtime)/.test(url))).toEqual([
    expect.stringContaining('shapes.mjs'),
  ]);
});

test('a worker loads what it needs of the HTTP client, and no more', () => {
  const files = loaded(WORKER);
  expect(files.some((url) => url.endsWith('/undici/lib/dispatcher/pool.js'))).toBe(true);
  expect(files.filter((url) => /\/undici\/(index\.js|lib\/(web|mock|cache)\/)/.test(url))).toEqual([]);
});

test('who asks the registry for schemas loads nothing of kinds that are not read', () => {
  const files = loaded(REGISTRY_CLIENT);
  expect(files.some((url) => url.endsWith('/confluent-schema-registry/dist/SchemaRegistry.js'))).toBe(true);
  expect(files.filter((url) => /\/(protobufjs|ajv)\//.test(url))).toEqual([]);
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
