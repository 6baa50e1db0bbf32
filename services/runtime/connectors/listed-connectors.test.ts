import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { GONE_LOOKS, ListedConnectors } from './listed-connectors.ts';

const root = temporaryFolder({ defer: afterAll });

function listing(name: string) {
  const folder = join(root, name);
  mkdirSync(join(folder, 'a'), { recursive: true });
  const said: string[] = [];
  const listed = new ListedConnectors(folder, ['a'], {
    added: (partner) => said.push(`+${partner}`),
    removed: (partner) => said.push(`-${partner}`),
    away: () => said.push('away'),
  });
  const look = (times = 1): string[] => {
    for (let time = 0; time < times; time += 1) listed.look();
    return said.splice(0);
  };
  return { folder, look };
}

test('what is new is added; what is gone is removed when it stays away, and may come back', () => {
  const { folder, look } = listing('one');
  expect(look()).toEqual([]);
  mkdirSync(join(folder, 'b'));
  expect(look(2)).toEqual(['+b']);
  rmSync(join(folder, 'b'), { recursive: true });
  expect(look(GONE_LOOKS - 1)).toEqual([]);
  mkdirSync(join(folder, 'b'));
  expect(look()).toEqual([]);
  rmSync(join(folder, 'b'), { recursive: true });
  expect(look(GONE_LOOKS + 3)).toEqual(['-b']);
  mkdirSync(join(folder, 'b'));
  expect(look()).toEqual(['+b']);
});

test('while the folder of them all is away nobody is removed, and that is told once', () => {
  const { folder, look } = listing('two');
  renameSync(folder, `${folder}.old`);
  expect(look(GONE_LOOKS * 3)).toEqual(['away']);
  renameSync(`${folder}.old`, folder);
  expect(look()).toEqual([]);
  renameSync(folder, `${folder}.old`);
  expect(look(2)).toEqual(['away']);
});

test('a link to a folder is a connector, one that leads nowhere too; files, droppings and hidden ones are none', () => {
  const { folder, look } = listing('three');
  mkdirSync(join(root, 'elsewhere'));
  symlinkSync(join(root, 'elsewhere'), join(folder, 'linked'));
  symlinkSync('nowhere', join(folder, 'dangling'));
  symlinkSync('user@host.1234', join(folder, '.#lock'));
  for (const name of ['..data', 'backup~', '#auto#']) mkdirSync(join(folder, name));
  expect(look()).toEqual(['+dangling', '+linked']);
});
