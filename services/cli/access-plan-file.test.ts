// A plan that cannot be used is refused with its own file, and the line where there is one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { readAccessPlan, readYaml } from './access-plan-file.ts';

const folder = temporaryFolder({ defer: afterAll });
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('a plan without programs is refused by the name of the file that was given', () => {
  const plan = file('mine.yaml', 'users: []\n');
  expect(() => readAccessPlan(plan, folder)).toThrow(`${plan}: "programs" is missing`);
});

test('a mistake of YAML has its line, and is told on one line', () => {
  const plan = file('tabs.yaml', 'topics:\n  rules:\n\tpartitions: 3\n');
  expect(() => readYaml(plan)).toThrow(/^\S+tabs\.yaml:3: .*\(indent with spaces, never with tabs\)$/);
});

test('a file that is not there is told in words', () => {
  expect(() => readYaml(join(folder, 'nope'))).toThrow(/nope is not there/);
  expect(() => readYaml(folder)).toThrow(/is a folder, not a file/);
});
