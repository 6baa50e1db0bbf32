import { expect, test } from '@jest/globals';
import { licensedIn, notAgreed } from './licences.ts';

test('what runs is listed once, with the licence it names; what only builds is not', () => {
  const packages = {
    '': { version: '0.1.0', license: 'Apache-2.0' },
    'node_modules/@ess/cli': { link: true },
    'node_modules/b': { version: '2.0.0', license: 'GPL-3.0' },
    'node_modules/a': { version: '1.0.0', license: 'MIT' },
    'services/cli/node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/c/node_modules/@of/d': { version: '3.0.0' },
    'node_modules/dev': { version: '1.0.0', license: 'MPL-2.0', dev: true },
  };
  const all = licensedIn(packages);
  expect(all.map(({ name, licence }) => [name, licence])).toEqual([
    ['@of/d', 'none'],
    ['a', 'MIT'],
    ['b', 'GPL-3.0'],
  ]);
  expect(notAgreed(all)).toEqual([
    expect.stringContaining('@of/d@3.0.0 has the licence none'),
    expect.stringContaining('b@2.0.0 has the licence GPL-3.0'),
  ]);
});
