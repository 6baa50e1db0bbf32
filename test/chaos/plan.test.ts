import { expect, test } from '@jest/globals';
import { FAULTS, TLS_FAULTS } from './faults.ts';
import { describeHarm, drawPlan } from './plan.ts';

test('the same seed and length give the same plan, another seed another one', () => {
  expect(drawPlan(7, 120_000)).toEqual(drawPlan(7, 120_000));
  expect(drawPlan(8, 120_000).tracks).not.toEqual(drawPlan(7, 120_000).tracks);
});

test('what harms one thing never overlaps, and nothing is planned after the end', () => {
  for (let seed = 0; seed < 50; seed += 1)
    for (const track of drawPlan(seed, 150_000).tracks)
      for (const [index, { atMs, forMs }] of track.entries()) {
        expect(atMs + forMs).toBeLessThanOrEqual(150_000);
        expect(track[index + 1]?.atMs ?? atMs + forMs).toBeGreaterThanOrEqual(atMs + forMs);
      }
});

test('over eight seeds of two and a half minutes every kind of harm and every fault of a partner comes up', () => {
  const events = Array.from({ length: 8 }, (_, seed) => drawPlan(seed + 1, 150_000).tracks.flat()).flat();
  const kinds = new Set(events.map(({ harm }) => (harm.kind === 'partner' ? harm.fault : harm.kind)));
  const expected = [
    'kill',
    'freeze',
    'term',
    'broker',
    'registry',
    'storm',
    'partitions',
    'burst',
    ...FAULTS,
    ...TLS_FAULTS,
  ];
  expect(kinds).toEqual(new Set(expected));
  for (const event of events) expect(describeHarm(event)).toMatch(/\w/);
});
