// The tour is right: each file that it names has the function that it names beside it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const tour = readFileSync(join(ROOT, 'docs/tour.md'), 'utf8');
const stops = [...tour.matchAll(/`(services\/\S+\.ts)`\s+`(#?\w+)`/g)].map(([, file = '', name = '']) => ({
  file,
  name,
}));

test('it has as many stops as it says, none of them twice', () => {
  const files = new Set(stops.map(({ file }) => file));
  expect(files.size).toBeGreaterThanOrEqual(10);
  expect(new Set(stops.map(({ file, name }) => `${file} ${name}`)).size).toBe(stops.length);
});

test.each(stops)('$file has $name', ({ file, name }) => {
  const source = readFileSync(join(ROOT, file), 'utf8');
  expect(source).toMatch(new RegExp(`^(?:  |export )(?:async |function )*${name}\\b.*[({]`, 'm'));
});
