import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileMapping } from './mapping.ts';

/** Fields of an element, and of an element of the list within it. */
const FIELDS = ['f0', 'f1', 'f2'];
const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean());
const element = (inner: Record<string, fc.Arbitrary<unknown>>) =>
  fc.option(fc.record({ ...Object.fromEntries(FIELDS.map((name) => [name, value])), ...inner }, { requiredKeys: [] }));
const list = (inner: Record<string, fc.Arbitrary<unknown>> = {}) =>
  fc.option(fc.array(element(inner), { maxLength: 4 }));

const SOURCES = [
  ...FIELDS.map((name) => `a.list[].${name}`),
  ...FIELDS.map((name) => `a.list[].inner[].${name}`),
  'tags[]',
  'one[0]',
  'one[1].x',
];
const target = (source: string): string =>
  source
    .replace('a.list', 'out["the.list"]')
    .replace('inner', 'deep.in')
    .replace('tags', 'out.tags')
    .replace('one', 'single.one')
    .replace(/\bf(?=\d$)/, 'field');

describe('for every mapping of lists', () => {
  const file = fc
    .uniqueArray(fc.constantFrom(...SOURCES), { minLength: 1 })
    .filter((sources) => sources.includes('one[0]') || !sources.includes('one[1].x'))
    .map((sources) => ({ fields: Object.fromEntries(sources.map((source) => [source, target(source)])) }));
  const record = fc.record(
    {
      a: fc.record({ list: list({ inner: list() }) }),
      tags: fc.option(fc.array(fc.option(fc.string()))),
      one: fc.tuple(fc.string(), fc.record({ x: fc.integer() })),
    },
    { requiredKeys: ['one'] },
  );

  test('what goes out comes back: each list with its length and order, null and absent where they were', () => {
    fc.assert(
      fc.property(file, record, (mapping, given) => {
        const { mapping: compiled, problems } = compileMapping(mapping, undefined, { invertible: true });
        expect(problems).toEqual([]);
        const out = compiled!.forward(given);
        if (!out.ok) throw new Error(out.reason);
        const back = compiled!.inverse(out.document);
        if (!back.ok) throw new Error(back.reason);
        expect(back.document).toEqual(mapped(given, Object.keys(mapping.fields)));
        expect(compiled!.forward(back.document)).toEqual(out);
      }),
    );
  });
});

/** The same record with nothing but what the paths name. */
function mapped(given: unknown, paths: readonly string[]): unknown {
  if (typeof given !== 'object' || given === null) return given;
  if (Array.isArray(given)) {
    const inner = paths.filter((path) => path.startsWith('[]')).map((path) => path.replace(/^\[\]\.?/, ''));
    const numbered = paths.filter((path) => /^\[\d/.test(path));
    if (numbered.length === 0) return given.map((one) => mapped(one, inner));
    return given.slice(0, 1 + Math.max(...numbered.map((path) => Number(path[1])))).map((one, at) =>
      mapped(
        one,
        numbered.filter((path) => path[1] === String(at)).map((path) => path.slice(4)),
      ),
    );
  }
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(given)) {
    const further = paths
      .filter((path) => new RegExp(`^${name}(?=[.[]|$)`).test(path))
      .map((path) => path.slice(name.length).replace(/^\./, ''));
    if (further.length > 0) made[name] = mapped(inner, further);
  }
  return made;
}
