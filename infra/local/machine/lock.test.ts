import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, describe, expect, test } from '@jest/globals';
import { acquireLock } from './lock.ts';

const root = temporaryFolder({ defer: afterAll });
const newFile = () => join(mkdtempSync(join(root, 'lock-')), 'stack.lock');

describe('a lock', () => {
  test('refuses a second holder, naming the process, until it is let go', async () => {
    const file = newFile();
    const first = await acquireLock(file, 'the data folder');
    await expect(acquireLock(file, 'the data folder')).rejects.toThrow(
      `the data folder is in use by process ${process.pid}`,
    );
    first[Symbol.dispose]();
    expect(existsSync(file)).toBe(false);
    using _second = await acquireLock(file, 'the data folder');
  });

  test('of a process that is gone is taken over', async () => {
    const file = newFile();
    const gone = spawn('true');
    await once(gone, 'exit');
    writeFileSync(file, JSON.stringify({ pid: gone.pid, began: '', token: 'old' }));
    using _lock = await acquireLock(file, 'the data folder');
    expect(JSON.parse(readFileSync(file, 'utf8')).pid).toBe(process.pid);
  });

  test('of an earlier process with the number of a living one is taken over', async () => {
    if (!existsSync('/proc/self/stat')) return; // elsewhere the beginning of a process is not known
    const file = newFile();
    writeFileSync(file, JSON.stringify({ pid: process.pid, began: '1', token: 'old' }));
    using _lock = await acquireLock(file, 'the data folder');
  });

  test('that is stale has one winner among many takers', async () => {
    const file = newFile();
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, began: '', token: 'old' }));
    const takers = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(file, 'it')));
    expect(takers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is waited for when asked to', async () => {
    const file = newFile();
    const first = await acquireLock(file, 'the cache');
    const second = acquireLock(file, 'the cache', 60_000);
    first[Symbol.dispose]();
    using _lock = await second;
  });
});
