import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { FileRefused, readSmallFile } from './small-file.ts';

const folder = temporaryFolder({ defer: afterAll });
const at = (name: string): string => join(folder, name);
const put = (name: string, content: string | Buffer): string => {
  writeFileSync(at(name), content);
  return at(name);
};

test('a file is read, through links too, as it is', () => {
  put('plain', '\ufeffé\n');
  symlinkSync('plain', at('link'));
  symlinkSync(at('link'), at('link to a link'));
  for (const name of ['plain', 'link', 'link to a link']) expect(readSmallFile(at(name), 6)).toBe('\ufeffé\n');
  expect(readSmallFile(put('empty', ''), 10)).toBe('');
  expect(readSmallFile(put('full', 'x'.repeat(100)), 100)).toHaveLength(100);
});

function pipe(): string {
  execFileSync('mkfifo', [at('pipe')]);
  return at('pipe');
}
function loop(): string {
  symlinkSync('loop b', at('loop a'));
  symlinkSync('loop a', at('loop b'));
  return at('loop a');
}
function dangling(): string {
  symlinkSync('nowhere', at('dangling'));
  return at('dangling');
}
function lockedFolder(): string {
  mkdirSync(at('folder'));
  return at('folder');
}

test.each<[string, () => string, string]>([
  ['a pipe that nobody writes into', pipe, 'is a pipe, not a file'],
  ['a folder', lockedFolder, 'is a folder, not a file'],
  ['a device without end', () => '/dev/zero', 'is a device, not a file'],
  ['a device without content', () => '/dev/null', 'is a device, not a file'],
  ['a link that leads back', loop, 'is a link that leads back to itself'],
  ['a link that leads nowhere', dangling, 'is not there, or a link whose target is gone'],
  ['nothing', () => at('nothing'), 'is not there'],
  ['something below a file', () => join(put('file', ''), 'x'), 'is below something that is no folder'],
  ['a byte too many', () => put('long', 'x'.repeat(101)), 'has more than 0.1 kB'],
  ['gigabytes', () => put('huge', Buffer.alloc(5_000_000)), 'has more than 0.1 kB'],
  ['a file that says it is empty', () => '/proc/self/smaps', 'has more than 0.1 kB'],
  ['bytes that are no text', () => put('bytes', Buffer.from([0x61, 0xff, 0xfe])), 'is not UTF-8'],
])('%s is refused at once, with a remedy', (_name, make, message) => {
  const refused = expect.objectContaining({
    message: expect.stringContaining(message),
    remedy: expect.stringMatching(/./),
  });
  const path = make();
  expect(() => readSmallFile(path, 100)).toThrow(FileRefused);
  expect(() => readSmallFile(path, 100)).toThrow(refused);
});

test('a socket is refused', async () => {
  const server = createServer().listen(at('socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  expect(() => readSmallFile(at('socket'), 100)).toThrow('is a socket');
  await new Promise((resolve) => server.close(resolve));
});

test('a file that may not be read is refused', () => {
  chmodSync(put('locked', 'x'), 0o000);
  if (process.getuid?.() === 0) return; // root may
  expect(() => readSmallFile(at('locked'), 100)).toThrow('may not be read');
});
