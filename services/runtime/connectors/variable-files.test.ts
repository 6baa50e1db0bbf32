import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { VariableFiles } from './variable-files.ts';

const root = temporaryFolder({ defer: afterAll });
const file = join(root, 'ca.pem');
const env = { COUNTY_CA_FILE: file, COUNTY_URL: 'x', COUNTY_URL_FILE: join(root, 'none') };
const known = (ca: string | undefined) =>
  new Map([
    ['COUNTY_CA', ca],
    ['COUNTY_URL', 'x'],
    ['COUNTY_NONE', undefined],
  ]);

test('what a file holds is compared with what the connector has, once for each change of the file', () => {
  writeFileSync(file, 'one\n');
  const files = new VariableFiles(env);
  expect(files.haveChanged('county', known('one'))).toBe(false);
  expect(files.haveChanged('county', known('one'))).toBe(false);

  writeFileSync(join(root, 'new.pem'), 'two\n');
  renameSync(join(root, 'new.pem'), file);
  expect(files.haveChanged('county', known('one'))).toBe(true);
  expect(files.haveChanged('county', known('one'))).toBe(false); // it was refused: told once
  expect(files.haveChanged('clinic', known('two'))).toBe(false);

  rmSync(file);
  expect(files.haveChanged('county', known('two'))).toBe(true);
  writeFileSync(join(root, 'three.pem'), 'three');
  symlinkSync(join(root, 'three.pem'), file);
  expect(files.haveChanged('county', known('two'))).toBe(true);
});

test('a file that was written between its reading and the first look is found', () => {
  writeFileSync(join(root, 'three.pem'), 'four');
  expect(new VariableFiles(env).haveChanged('county', known('three'))).toBe(true);
});
