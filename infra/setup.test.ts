// Who calls apt: `npm test` alone, and only where there is no Chromium and it may. The apt-get here is ours.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SETUP = join(ROOT, 'infra/setup.mjs');
const isRoot = process.getuid?.() === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ess-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const place = (name: string, script: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '');

/** Runs setup.mjs on a machine that has only what is in the folder, then a program that tells that it ran. */
function setup(flags: readonly string[], env: Record<string, string> = {}) {
  const program = join(folder, 'then.mjs');
  writeFileSync(program, 'console.log("ran")');
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const args = [SETUP, ...flags, '--then', program];
    execFile(process.execPath, args, { env: { PATH: folder, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test('the browser is asked for by the tests and the pictures only: nothing on the way to npm start installs it', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const asking = Object.keys(scripts).filter((name) => scripts[name]?.includes('--with-browser'));
  expect(asking).toEqual(['test', 'test:full', 'screens']);
});

test('without the flag apt is not called', async () => {
  place('apt-get', `echo "$@" >> ${folder}/calls`);
  expect(await setup([])).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
  expect(calls()).toBe('');
});

test('with the flag Chromium is installed once, as root; anybody else is told what to install, and goes on', async () => {
  place(
    'apt-get',
    `echo "$@" >> ${folder}/calls; case "$*" in *install*) /bin/cp "$0" ${folder}/chromium;; esac; echo noise`,
  );
  const first = await setup(['--with-browser']);
  expect(first).toMatchObject({ code: 0, stdout: 'ran\n' });
  if (isRoot) {
    expect(first.stderr).toMatch(/^setup: installing Chromium with apt-get.*\n$/);
    expect(calls()).toMatch(/ update -qq\n.* install .*chromium\n$/);
    expect(await setup(['--with-browser'])).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
    expect(calls().split('\n')).toHaveLength(3);
  } else {
    expect(first.stderr).toContain('apt-get install chromium');
    expect(calls()).toBe('');
  }
});

test('a Chromium that is there is used, by CHROME or by PATH', async () => {
  place('apt-get', `echo "$@" >> ${folder}/calls`);
  place('google-chrome', '');
  expect((await setup(['--with-browser'])).stderr).toBe('');
  expect((await setup(['--with-browser'], { CHROME: join(folder, 'google-chrome') })).stderr).toBe('');
  const wrong = await setup(['--with-browser'], { CHROME: '/nowhere/chrome' });
  expect(wrong).toMatchObject({ code: 0, stdout: 'ran\n', stderr: expect.stringContaining('set CHROME to the path') });
  expect(calls()).toBe('');
});

test('an apt that fails stops no other test', async () => {
  place('apt-get', 'echo no network >&2; exit 100');
  const { code, stdout, stderr } = await setup(['--with-browser']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
  expect(stderr).toContain(isRoot ? 'no network\nsetup: apt-get update failed' : 'apt-get install chromium');
});

test('Prometheus is fetched and unpacked once, without root and without a start; where it cannot be, the tests go on', async () => {
  const cache = join(folder, 'cache');
  const env = { XDG_CACHE_HOME: cache };
  expect((await setup(['--with-prometheus'], env)).stderr).toContain('Prometheus 2.42 or later');
  place('apt-get', `echo "$@" >> ${folder}/calls; : > prometheus_2.42.deb`);
  place('dpkg-deb', '/bin/mkdir -p usr/bin; for name in prometheus promtool; do /bin/cp "$0" usr/bin/$name; done');
  place('rm', 'exec /bin/rm "$@"');
  const first = await setup(['--with-prometheus'], env);
  expect(first).toMatchObject({
    code: 0,
    stdout: 'ran\n',
    stderr: expect.stringMatching(/^setup: fetching Prometheus.*\n$/),
  });
  expect(await setup(['--with-prometheus'], env)).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
  expect(calls()).toBe('download prometheus\n');
});
