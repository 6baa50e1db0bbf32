import { CELL_STATES } from '@ess/domain/view/cell.ts';
import type { LabelFilter } from '@ess/view/fold/rule-labels.ts';
import { expect, test } from '@jest/globals';
import { causeOf } from './cause.ts';
import { isCellState, matching } from './cells.ts';
import { reachOf } from './overview.ts';

const byState = (some: Partial<Record<string, number>>) => ({
  drifting: Object.values(some).reduce<number>((sum, count = 0) => sum + count, 0),
  byState: { ...Object.fromEntries(CELL_STATES.map((state) => [state, 0])), ...some } as Parameters<
    typeof causeOf
  >[0]['byState'],
});
const WORKER = { worker: 'w', host: 'h', partitions: [0], idle: null, connector: null };
const status = (more: object): Parameters<typeof causeOf>[1] => ({
  workers: [WORKER],
  lag: { records: 3, seconds: 0 },
  breaker: { state: 'closed', since: null, reason: null },
  paused: null,
  quietUntil: null,
  ...more,
});

test.each([
  ['nothing', {}, {}, null],
  [
    'held',
    { held: 3 },
    { breaker: { state: 'open', since: '2026-11-29T03:12:44Z', reason: 'status-503' } },
    'held since 03:12 UTC: status-503, 3 waiting',
  ],
  [
    'nothing is known',
    { unknown: 3 },
    { breaker: { state: 'open', since: null, reason: 'old' } },
    'not known: what was read is too old',
  ],
  [
    'one rule is not known, and the partner is held',
    { unknown: 1, held: 2 },
    { breaker: { state: 'open', since: null, reason: 'status-503' } },
    'held: status-503, 3 waiting; 1 not known',
  ],
  ['one rule is not known', { unknown: 1, behind: 2, inStep: 3 }, {}, '2 behind; 1 not known'],
  [
    'paused',
    { paused: 1 },
    { paused: { since: '2026-11-29T03:12:44Z', by: 'ann' }, lag: { records: 0 } },
    'paused since 03:12 UTC by ann',
  ],
  ['no worker', { unowned: 3 }, { workers: [] }, 'no worker runs, 3 waiting'],
  ['several states', { behind: 1, deadLettered: 2 }, {}, '2 refused by the partner: see its dead letters; 1 behind'],
])('the cause in words: %s', (_what, states, more, words) => {
  expect(causeOf(byState(states), status(more))).toBe(words);
});

test('filters: what drifts, or a state by its name, or all; part of an id in any case', () => {
  const cell = { partner: 'hospital', ruleId: 'WF-2291', state: 'inStep' } as const;
  expect(matching({ all: false })(cell)).toBe(false);
  expect(matching({ all: true })(cell)).toBe(true);
  expect(matching({ all: false, state: 'inStep' })(cell)).toBe(true);
  expect(matching({ all: true, state: 'held' })(cell)).toBe(false);
  expect(matching({ all: true, rule: 'wf-22', partner: 'hospital' })(cell)).toBe(true);
  expect(matching({ all: true, rule: '.*' })(cell)).toBe(false);
  expect(matching({ all: true, partner: 'clinic' })(cell)).toBe(false);
  const source = {
    isAbout: (ruleId: string, { scope, region }: LabelFilter) =>
      `${ruleId} ${scope} ${region}` === 'WF-2291 Hospital Butte',
  };
  expect(matching({ all: true, scope: 'Hospital', region: 'Butte' })(cell, source)).toBe(true);
  expect(matching({ all: true, scope: 'Hospital' })(cell, source)).toBe(false);
  expect([isCellState('held'), isCellState('gone')]).toEqual([true, false]);
});

test('a topic whose oldest record has a time in nanoseconds has a reach, told as it is', () => {
  const starts = [{ low: 0, firstMs: 1_700_000_000_000_000_000 }];
  expect(reachOf({ starts, retentionMs: 1_000 })).toEqual({
    since: '1700000000000000000 ms (beyond the calendar)',
    isCut: false,
    keptSeconds: 1,
  });
});
