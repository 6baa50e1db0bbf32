import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scanJson } from './json-lines.ts';
import { readJson, readYaml } from './source-text.ts';

describe('JSON', () => {
  test('accepts and refuses exactly what JSON.parse does', () => {
    const parses = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '\t', '0', 'x', '\u0001', '.'))
      .map(([json, at, put]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + put + json.slice(cut + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken, fc.string()), (text) =>
        expect(scanJson(text).mistake === undefined).toBe(parses(text)),
      ),
      { numRuns: 2_000 },
    );
  });

  test('knows the line of every key, and of the nearest key around one that is absent', () => {
    const { lineOf } = readJson('x.json', '{\n  "a": {\n    "b": [1,\n      { "c": 2 }]\n  }\n}');
    expect([['a'], ['a', 'b'], ['a', 'b', 1], ['a', 'b', 1, 'c'], ['a', 'x'], []].map(lineOf)).toEqual([
      2, 3, 4, 4, 2, 1,
    ]);
  });

  test('a mistake is on its line', () => {
    expect(readJson('x.json', '{\n  "a": 1\n  "b": 2\n}').problems).toEqual([
      {
        file: 'x.json',
        line: 3,
        field: '',
        message: 'expected "," or "}", found """',
        remedy: 'correct the JSON here or just before',
      },
    ]);
  });
});

describe('YAML', () => {
  test('knows the line of every key and list item', () => {
    const { value, lineOf } = readYaml('x.yaml', '# first\na:\n  - b: 1\n  - { c: 2,\n      d: 3 }\n"404": x\n');
    expect(value).toEqual({ a: [{ b: 1 }, { c: 2, d: 3 }], '404': 'x' });
    expect([['a'], ['a', 1], ['a', 1, 'd'], ['404'], ['a', 0, 'zz'], ['zz']].map(lineOf)).toEqual([
      2,
      4,
      5,
      6,
      3,
      undefined,
    ]);
  });

  test('a mistake never quotes the text, which may be a secret', () => {
    for (const text of [
      'a: *planted',
      'a: "planted',
      'a: [planted',
      'a: b: planted',
      '- x\nplanted',
      '{a: 1}}planted',
      'a: !!x planted\nb: @planted',
    ]) {
      expect(JSON.stringify(readYaml('x.yaml', text).problems)).not.toContain('planted');
    }
  });

  test('aliases cannot blow the file up', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x]',
      'b: &b [*a,*a,*a,*a,*a,*a]',
      'c: &c [*b,*b,*b,*b,*b,*b]',
      'd: [*c,*c,*c,*c,*c,*c]',
    ].join('\n');
    expect(readYaml('x.yaml', bomb).problems).toHaveLength(1);
  });
});

test('keys that are written twice are found in maps of any size and style, each with its line', () => {
  const flow = `{${Array.from({ length: 8_000 }, (_, index) => `k${index}`).join(',')}}`;
  expect(readYaml('x.yaml', flow).problems).toEqual([]);
  const twice = { message: 'Map keys must be unique', remedy: 'keep one of them' };
  expect(readYaml('x.yaml', 'a: 1\nb:\n  c: 1\n  c: 2\n').problems).toMatchObject([{ ...twice, line: 4 }]);
  expect(readYaml('x.yaml', '{a: 1,\n a: 2}').problems).toMatchObject([{ ...twice, line: 2 }]);
});
