import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { usersWithPassword } from './password-files.ts';

const USERS = ['ess-worker', 'ess-bridge'];
const root = temporaryFolder({ defer: afterAll });
const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(root, 'users-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

test('each user with a file gets what it says, the others and other files are left alone', () => {
  const folder = folderWith({ 'ess-worker.password': 'of the worker\n', 'kafka-ca': 'x' });
  expect(usersWithPassword(folder, USERS)).toEqual([{ name: 'ess-worker', password: 'of the worker' }]);
});

test.each([
  [{ 'ess-wroker.password': 'x' }, /ess-wroker\.password is of no user of the plan.*ess-worker/],
  [{ 'ess-worker.password': '\n' }, /ess-worker\.password has no password that can be read/],
  [{ 'ess-worker': 'x' }, /has no file <user>\.password/],
])('%j is refused by name', (files, told) => {
  expect(() => usersWithPassword(folderWith(files), USERS)).toThrow(told);
});

test('a folder that is not there is named', () => {
  expect(() => usersWithPassword('/nowhere', USERS)).toThrow(/\/nowhere cannot be read/);
});
