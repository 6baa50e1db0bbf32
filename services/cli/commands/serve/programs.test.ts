import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { choosePrograms, PROGRAMS, whatConnectorsSay } from './programs.ts';

const root = temporaryFolder({ defer: afterAll });
const namesOf = (programs: typeof PROGRAMS) => programs.map(({ name }) => name);

test('only, without, and a name that there is not', () => {
  expect(namesOf(choosePrograms(undefined, []))).toEqual(namesOf(PROGRAMS));
  expect(namesOf(choosePrograms(['bridge', 'worker'], []))).toEqual(['worker', 'bridge']);
  expect(namesOf(choosePrograms(undefined, ['bridge', 'observer', 'console']))).toEqual(['worker', 'inbound']);
  expect(() => choosePrograms(['brigde'], [])).toThrow('ess serve has no program "brigde": did you mean "bridge"?');
  expect(() => choosePrograms(undefined, ['works'])).toThrow('did you mean "worker"?');
  expect(() => choosePrograms(['worker'], ['worker'])).toThrow('no program is left to run');
});

test('a program runs where a connector gives it work, whether that is valid or not', () => {
  const wanted = (yaml?: string) => {
    const folder = join(root, `c${Math.random().toString(36).slice(2)}`);
    mkdirSync(join(folder, 'one'), { recursive: true });
    if (yaml !== undefined) writeFileSync(join(folder, 'one', 'connector.yaml'), yaml);
    const said = whatConnectorsSay(folder);
    return namesOf(PROGRAMS.filter(({ needs }) => needs === undefined || said.some(needs.isMetBy)));
  };
  expect(wanted('deliver: { url: x }')).toEqual(['worker', 'bridge', 'observer', 'console']);
  expect(wanted('inbound: [{ path: /x }]')).toEqual(['inbound', 'bridge']);
  expect(wanted('deliver: {}\ninbound: [{}]')).toEqual(['worker', 'inbound', 'bridge', 'observer', 'console']);
  for (const nothing of ['inbound: []', 'deliver:', 'a list', '']) expect(wanted(nothing)).toEqual(['bridge']);
  expect(wanted()).toEqual(['bridge']);
  expect(wanted('partner: [')).toEqual(['worker', 'bridge', 'observer', 'console']);
  expect(() => whatConnectorsSay(join(root, 'absent'))).toThrow('no folder of connectors');
});

test('the connectors that ship give work to all', () => {
  const said = whatConnectorsSay(fileURLToPath(new URL('../../../../connectors', import.meta.url)));
  for (const { needs } of PROGRAMS) expect(needs === undefined || said.some(needs.isMetBy)).toBe(true);
});
