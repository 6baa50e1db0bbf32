// A plan that cannot be used is refused with its own file.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { readAccessPlan } from './access-plan-file.ts';

const folder = temporaryFolder({ defer: afterAll });
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('a plan without programs is refused by the name of the file that was given', () => {
  const plan = file('mine.yaml', 'users: []\n');
  expect(() => readAccessPlan(plan, folder)).toThrow(`${plan}: "programs" is missing`);
});
