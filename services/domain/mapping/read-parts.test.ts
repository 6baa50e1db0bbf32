import { expect, test } from '@jest/globals';
import { digestOfParts, readsOf } from './read-parts.ts';
import { readJson } from './strict-json.ts';

const reads = readsOf([['beds', 'free'], ['ward'], ['ward', 'inside']]);
const read = (text: string) => readJson(text, 4, reads);

test.each([
  ['a name that no object may have', '{"__proto__":{"x":1},"constructor":2,"beds":{"prototype":1,"free":3}}'],
  ['a number beyond all', `{"id":12345678901234567890,"x":1e999,"y":${'9'.repeat(5_000)},"beds":{"free":3}}`],
  ['a name twice', '{"id":1,"id":2,"beds":{"id":1,"free":3,"id":2}}'],
  ['half a surrogate pair', '{"id":"\\ud800","\\udc00":1,"beds":{"free":3}}'],
  ['any nesting', `{"id":${'[{"a":'.repeat(9_000)}1${'}]'.repeat(9_000)},"beds":{"free":3}}`],
  ['lists and words', '{"a":[1,[],{},{"b":[null]},true,"x"],"beds":{"x":false,"free":3}}'],
])('%s in what nobody reads is passed over', (_, text) => {
  expect(read(text)).toMatchObject({ ok: true, value: { beds: { free: 3 } } });
  expect(read(text)).not.toHaveProperty('fault');
});

test.each<[string, string, (string | number)[], string]>([
  ['twice', '{"ward":"a","ward":"b"}', ['ward'], 'is there twice'],
  ['twice, deeper', '{"beds":{"free":1,"free":2}}', ['beds', 'free'], 'is there twice'],
  ['the object around it twice', '{"beds":{"free":1},"beds":{}}', ['beds'], 'is there twice'],
  ['beyond 2^53', '{"beds":{"free":9007199254740993}}', ['beds', 'free'], 'is a number that cannot be held exactly'],
  ['a name inside', '{"ward":{"a":{"__proto__":1}}}', ['ward', 'a', '__proto__'], 'is not allowed as a name'],
  ['too deep', '{"ward":[[[[1]]]]}', ['ward', 0, 0, 0], 'is nested more than 4 deep'],
  ['in a list', '[{"ward":1},{"ward":1,"ward":2}]', [1, 'ward'], 'is there twice'],
])('%s is told in what is read', (_, text, path, message) => {
  expect(read(text)).toMatchObject({ ok: true, fault: { path, message } });
});

test.each([
  ['{"id":[1,2}', 'is not JSON'],
  ['{"id":{"a" 1}}', 'is not JSON'],
  ['{"id":[1,]}', 'is not JSON'],
  ['{"id":01}', 'is not JSON'],
  [`{"id":${'['.repeat(60_000)}`, 'is not JSON'],
])('%s is no JSON, also where nobody reads', (text, message) => {
  expect(read(text)).toMatchObject({ ok: false, message: expect.stringContaining(message) });
});

test('bodies are told apart by what is read of them', () => {
  const digest = (...bodies: object[]) => digestOfParts(bodies, reads);
  const one = digest({ beds: { free: 3 }, ward: { b: 1, a: [2] } });
  expect(one).toMatch(/^[\w-]{43}$/);
  expect(digest({ sentAt: 5, ward: { a: [2], b: 1 }, beds: { total: 9, free: 3 } })).toBe(one);
  for (const other of [
    [{ beds: { free: 4 }, ward: { b: 1, a: [2] } }],
    [{ beds: { free: '3' }, ward: { b: 1, a: [2] } }],
    [{ beds: { free: 3 }, ward: { b: 1, a: { 0: 2 } } }],
    [{ beds: { free: 3 }, ward: { b: 1, a: [2] } }, {}],
  ])
    expect(digest(...other)).not.toBe(one);
});
