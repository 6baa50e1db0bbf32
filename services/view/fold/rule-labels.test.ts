import { expect, test } from '@jest/globals';
import { RuleLabels } from './rule-labels.ts';

test('rules are found by the scope and the region of their newest version', () => {
  const labels = new RuleLabels();
  labels.take(0, { scope: 'Hospital', region: 'Butte' });
  labels.take(1, { scope: 'Hospital', region: null });
  labels.take(2, { scope: 'Species' });
  const rows = (wanted: object) => [0, 1, 2, 3].filter((row) => labels.matches(row, wanted));
  expect(rows({ scope: 'Hospital' })).toEqual([0, 1]);
  expect(rows({ scope: 'Hospital', region: 'Butte' })).toEqual([0]);
  expect([rows({ scope: 'hospital' }), rows({ scope: '' }), rows({})]).toEqual([[], [], [0, 1, 2, 3]]);
  labels.take(0, { scope: 'Species', region: 'Butte' });
  expect(rows({ scope: 'Species' })).toEqual([0, 2]);
  expect([labels.known('scope'), labels.known('region')]).toEqual([['Hospital', 'Species'], ['Butte']]);
});

test('of fields that are no text, long or without an end nothing grows, and nothing that is looked for is left out', () => {
  const labels = new RuleLabels();
  for (let row = 0; row < 20_000; row += 1) labels.take(row, { scope: `s${row}`, region: row });
  labels.take(20_000, { scope: 'x'.repeat(300) });
  expect([labels.known('scope').length, labels.known('region').length]).toEqual([10_000, 0]);
  expect([labels.matches(7, { scope: 's7' }), labels.matches(7, { scope: 's8' })]).toEqual([true, false]);
  expect([15_000, 20_000].map((row) => labels.matches(row, { scope: 's15000' }))).toEqual([true, true]);
});
