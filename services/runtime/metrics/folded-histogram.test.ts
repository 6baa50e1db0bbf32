import { expect, test } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { FoldedHistogram } from './folded-histogram.ts';

const OBSERVED = [0, 0.001, 0.0011, 0.5, 7, 1e9];
const OPTIONS = { name: 'ess_x_seconds', help: 'x', labelNames: ['partner'] as const, buckets: [0.001, 0.5, 2] };

test("a scrape shows what prom-client's own histogram would show", async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const folded = new FoldedHistogram({ ...OPTIONS, registers: [ours] });
  const known = new Histogram({ ...OPTIONS, registers: [theirs] });
  for (const partner of ['hospital', 'a "b"\\\n'])
    for (const value of OBSERVED) {
      folded.cell({ partner }).observe(value);
      known.observe({ partner }, value);
    }
  const lines = async (registry: Registry) => (await registry.metrics()).split('\n').map(withSortedLabels).sort();
  expect(await lines(ours)).toEqual(await lines(theirs));
});

test('a partner that is gone leaves no series, and one that comes back begins at none', async () => {
  const registry = new Registry();
  const folded = new FoldedHistogram({ ...OPTIONS, registers: [registry] });
  for (const partner of ['hospital', 'clinic']) folded.cell({ partner }).observe(1);
  folded.remove({ partner: 'hospital' });
  expect(await registry.metrics()).not.toContain('hospital');
  expect(await registry.metrics()).toContain('ess_x_seconds_count{partner="clinic"} 1');
  expect(folded.cell({ partner: 'hospital' }).sum).toBe(0);
});

const withSortedLabels = (line: string): string =>
  line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join(',')}}`);
