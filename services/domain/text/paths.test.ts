import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Path } from './paths.ts';
import { EACH, overlaps, parseListPath, parsePath, pointerOf, readPath, setPath, showPath } from './paths.ts';

test.each<[string, Path]>([
  ['name', ['name']],
  ['a.b', ['a', 'b']],
  ['list[]', ['list', EACH]],
  ['list[0]', ['list', 0]],
  ['list[12].code', ['list', 12, 'code']],
  ['a[].b[].c', ['a', EACH, 'b', EACH, 'c']],
  ['grid[][]', ['grid', EACH, EACH]],
  ['a["name.with.dots"]', ['a', 'name.with.dots']],
  ['["beds.icu"].free', ['beds.icu', 'free']],
  ['a["\\"]["].b', ['a', '"][', 'b']],
  ['a["0"]', ['a', '0']],
  ['a.0', ['a', '0']],
])('%s', (text, path) => {
  expect(parseListPath(text)).toEqual({ path });
  expect(parseListPath(showPath(path))).toEqual({ path });
});

test.each([
  ['', '"" has an empty step'],
  ['a..b', '"a..b" has an empty step'],
  ['a.[0]', '"a.[0]" has an empty step'],
  ['a[""]', '"a[""]" has an empty step'],
  ['a[-1]', '"a[-1]" has a bracket that is none of [0], [] and ["a name"]'],
  ['a[x]', '"a[x]" has a bracket that is none of [0], [] and ["a name"]'],
  ['a[0', '"a[0" has a bracket that is none of [0], [] and ["a name"]'],
  ['a[0]b', '"a[0]b" has a bracket that is none of [0], [] and ["a name"]'],
  ['a["b]', '"a["b]" has a bracket that is none of [0], [] and ["a name"]'],
  ['a["\\x"]', '"a["\\x"]" has a bracket that is none of [0], [] and ["a name"]'],
  ['a[1234567]', '"a[1234567]" has a bracket that is none of [0], [] and ["a name"]'],
  ['a["__proto__"]', '"__proto__" is not allowed as a name'],
  [`a${'[0]'.repeat(50)}`, 'the path has 51 steps, more than 50'],
])('%s is no path', (text, problem) => {
  expect(parseListPath(text)).toEqual({ problem, remedy: expect.any(String) });
});

test('a path to one value has no step for each element', () => {
  expect(parsePath('a[0].b')).toEqual({ path: ['a', 0, 'b'] });
  expect(parsePath('a[].b')).toEqual({
    problem: '"a[].b" means each element of a list, and one value is asked for',
    remedy: 'write [0] for the first one',
  });
});

test.each([
  ['a[x]', 'count elements from 0, and put a name into double quotes'],
  ['a..b', 'write names separated by single dots, e.g. "reservation.beds"'],
  ['a.__proto__', 'use another name'],
])('what helps against %s', (text, remedy) => {
  expect(parsePath(text)).toMatchObject({ remedy });
});

test('a JSON pointer escapes what would separate', () => {
  expect(pointerOf(['ids', 'a/b~c', 0, 'd%\ud800'])).toBe('#/ids/a~1b~0c/0/d%25%EF%BF%BD');
});

describe('what is written can be read', () => {
  const name = fc.stringMatching(/^[a-z."[\]]{1,6}$/);
  const path = fc
    .tuple(name, fc.array(fc.oneof(name, fc.nat({ max: 5 })), { maxLength: 5 }))
    .map(([first, rest]): Path => [first, ...rest]);

  test('at its place, whatever the names are', () => {
    fc.assert(
      fc.property(path, fc.jsonValue(), (steps, value) => {
        const document = {};
        setPath(document, steps, value);
        expect(readPath(document, steps)).toBe(value);
        expect(parsePath(showPath(steps))).toEqual({ path: steps });
      }),
    );
  });

  test('beside what does not overlap, in either order', () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        fc.pre(!overlaps(one, other));
        for (const [first, second] of [
          [one, other],
          [other, one],
        ] as const) {
          const document = {};
          setPath(document, first, 1);
          setPath(document, second, 2);
          expect([readPath(document, first), readPath(document, second)]).toEqual([1, 2]);
        }
      }),
    );
  });
});

test('an element that is skipped is null', () => {
  const document = {};
  setPath(document, ['items', 2, 'kind'], 'bed');
  expect(document).toEqual({ items: [null, null, { kind: 'bed' }] });
  setPath(document, ['items', 0, 'kind'], 'ward');
  expect(document).toEqual({ items: [{ kind: 'ward' }, null, { kind: 'bed' }] });
});

test.each<[Path, Path, boolean]>([
  [['a'], ['a'], true],
  [['a'], ['a', 'b'], true],
  [['a', 'b'], ['a', 'c'], false],
  [['a', EACH], ['a', 0], true],
  [['a', 0], ['a', 1], false],
  [['a', 0], ['a', 'b'], true],
  [['a', EACH, 'x'], ['a', EACH, 'y'], false],
])('%p and %p overlap: %p', (one, other, clash) => {
  expect([overlaps(one, other), overlaps(other, one)]).toEqual([clash, clash]);
});

test('what is inherited is not there', () => {
  expect(readPath({ a: {} }, ['a', 'toString'])).toBeUndefined();
});
