// A file that cannot be used is refused by its name, with the line where there is one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { readYamlFile } from './yaml-file.ts';

const folder = temporaryFolder({ defer: afterAll });
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('a mistake of YAML has its line, and is told on one line', () => {
  const plan = file('tabs.yaml', 'topics:\n  rules:\n\tpartitions: 3\n');
  expect(() => readYamlFile(plan)).toThrow(/^\S+tabs\.yaml:3: .*\(indent with spaces, never with tabs\)$/);
});

test('a file that is not there is told in words', () => {
  expect(() => readYamlFile(join(folder, 'nope'))).toThrow(/nope is not there/);
  expect(() => readYamlFile(folder)).toThrow(/is a folder, not a file/);
});
