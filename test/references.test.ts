import { describe, expect, test } from '@jest/globals';
import { violations } from './references.ts';

/** Files that are there, beside the one that is looked at. */
const OTHERS = ['docs/a.md', 'services/worker/lanes.ts'].map((path) => ({ path, text: '# The head: of `it`\n' }));
const found = (path: string, text: string) => violations([...OTHERS, { path, text }]);

describe('a document', () => {
  test.each([
    ['a file', '[a](docs/a.md)'],
    ['an anchor of another document', '[a](docs/a.md#the-head-of-it)'],
    ['an anchor of its own', '# B\n[b](#b)'],
    ['a folder', '[w](services/worker/)'],
    ['the web', '[w](https://example.org/docs/none.md)'],
  ])('may link to %s', (_, text) => expect(found('README.md', text)).toEqual([]));

  test('is told of links that lead nowhere, with their line', () =>
    expect(found('docs/b.md', 'x\n[a](a.md#none)\n[n](../none.md)')).toEqual([
      'docs/b.md:2 has a link that leads nowhere: a.md#none',
      'docs/b.md:3 has a link that leads nowhere: ../none.md',
    ]));

  test('may show in a sample what is not there', () =>
    expect(found('README.md', '```sh\ncp connectors/none services/none.ts\n```\n')).toEqual([]));

  test('is told of a path that is not there', () =>
    expect(found('README.md', 'see `services/none/`')).toEqual([
      'README.md:1 names services/none, which is not there',
    ]));
});

describe('a comment', () => {
  test.each([
    '// lanes.ts',
    '// worker/lanes.ts',
    '// @ess/worker/lanes.ts, ./lanes.ts',
    '// services/worker/*.ts',
    '/** connectors/<name>/none.ts */',
    '# docs/a.md',
  ])('%j is right', (text) => expect(found(text.startsWith('#') ? 'x.yaml' : 'x.ts', text)).toEqual([]));

  test.each([
    ['// see none.ts', 'none.ts'],
    [`const a = 1; ${'//'} bridge/lanes.ts`, 'bridge/lanes.ts'],
    ['\t* docs/none.md', 'docs/none.md'],
    ['// @ess/bridge/lanes.ts', 'bridge/lanes.ts'],
  ])('%j names what is not there', (text, name) =>
    expect(found('x.ts', text)).toEqual([`x.ts:1 names ${name}, which is not there`]),
  );

  test('is meant, and not the code', () =>
    expect(found('x.ts', "import './none.ts'; const url = 'http://a/none.ts';")).toEqual([]));
});

// Put together here, or this file would be told of too.
test.each([`${'DES'}IGN §2`, `${'FAC'}TS.md`, `${'..'}/shared/x`, `${'iss'}ue 7`])(
  '%j is nowhere in the repository',
  (text) => expect(found('x.ts', text)).toEqual(['x.ts:1 names what is not in the repository']),
);
