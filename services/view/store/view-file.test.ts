import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnSupervised } from '@ess/runtime/supervised.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { ViewFile } from './view-file.ts';

const folder = temporaryFolder({ defer: afterAll });
const WRITER = fileURLToPath(new URL('../../../test/harness/programs/view-file-writer.ts', import.meta.url));
const part = (name: string, text: string) => ({ name, number: -1, bytes: new TextEncoder().encode(text) });

test('one writes at a time, and another one when that has ended; who reads has one moment of it', async () => {
  const path = join(folder, 'one', 'view.sqlite');
  await using first = new ViewFile(path);
  await using second = new ViewFile(path);
  expect(await first.isWritten()).toBe(false);
  expect([await first.lock(), await first.lock(), await second.lock()]).toEqual([true, true, false]);
  expect(await second.isWritten()).toBe(true);
  await expect(second.save([part('a', 'theirs')], true)).rejects.toThrow(/another process/);
  await first.save([part('a', 'before'), part('b', 'before')], true);
  expect(await second.read('a')).toMatchObject([part('a', 'before')]);
  await first.save([part('a', 'after'), part('b', 'after')], false);
  expect(await second.read('b')).toMatchObject([part('b', 'before')]);
  await second.endRead();
  expect(await second.read('b')).toMatchObject([part('b', 'after')]);
  await second.endRead();
  await first[Symbol.asyncDispose]();
  expect(await second.isWritten()).toBe(false);
  expect(await second.lock()).toBe(true);
});

test('a writer that is killed at any moment leaves what it had kept, of one moment, and may be followed at once', async () => {
  const path = join(folder, 'killed', 'view.sqlite');
  for (let round = 1; round <= 6; round += 1) {
    const writer = spawnSupervised(process.execPath, [WRITER, path], { output: 'pipe' });
    const exited = once(writer, 'exit');
    let said = 0;
    for await (const line of createInterface({ input: writer.stdout! })) {
      said = Number(line);
      if (said >= round * 7) break;
    }
    process.kill(writer.pid ?? 0, 'SIGKILL');
    await exited;
    await using file = new ViewFile(path);
    expect(await file.lock()).toBe(true);
    const found = await file.read('');
    const moments = new Set(found.flatMap(({ bytes }) => [...bytes]));
    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(moments.size).toBe(1);
    expect([...moments][0]).toBeGreaterThanOrEqual(said % 256);
  }
});
