import { expect, test } from '@jest/globals';
import type { Cause } from '../control/partner-status.ts';
import { actionableLag } from './actionable-lag.ts';
import type { CellState } from './cell.ts';
import { CELL_STATES } from './cell.ts';

const NOTHING = {
  ...{ paused: 0, unowned: 0, joining: 0, held: 0, quiet: 0, replaying: 0, retrying: 0, stalled: 0, startedOver: 0 },
  catchingUp: 0,
};

interface Situation {
  readonly rules: Partial<Record<CellState, number>>;
  readonly waiting: Partial<Record<Cause, number>>;
  readonly limit?: number;
  readonly perSecond?: number;
}

test.each<[string, Situation, sendable: number, actionable: number]>([
  ['nothing waits', { rules: { inStep: 500 }, waiting: {} }, 0, 0],
  ['each rule once', { rules: { behind: 40, inFlight: 2 }, waiting: { catchingUp: 900 } }, 42, 42],
  ['a pinned position, all but one rule delivered', { rules: { behind: 1 }, waiting: { catchingUp: 900 } }, 1, 1],
  ['one rule is tried again, the others go on', { rules: { behind: 40 }, waiting: { retrying: 900 } }, 40, 40],
  ['records that nobody holds yet', { rules: { behind: 40 }, waiting: { catchingUp: 7 } }, 7, 7],
  ['nobody works', { rules: { unowned: 40 }, waiting: { unowned: 40 } }, 40, 40],
  ['it is held', { rules: { held: 40 }, waiting: { held: 40 } }, 0, 0],
  ['it is paused', { rules: { paused: 40 }, waiting: { paused: 40 } }, 0, 0],
  ['it has asked to be left alone', { rules: { behind: 40 }, waiting: { quiet: 40 } }, 0, 0],
  ['dead letters', { rules: { deadLettered: 40 }, waiting: {} }, 0, 0],
  [
    'beyond the limit that was met',
    { rules: { behind: 900 }, waiting: { catchingUp: 900 }, limit: 50, perSecond: 50 },
    900,
    0,
  ],
  [
    'what the limit leaves in half a minute',
    { rules: { behind: 900 }, waiting: { catchingUp: 900 }, limit: 50, perSecond: 45 },
    900,
    150,
  ],
  [
    'less than the limit leaves',
    { rules: { behind: 90 }, waiting: { catchingUp: 900 }, limit: 50, perSecond: 10 },
    90,
    90,
  ],
  [
    'more settles than was measured',
    { rules: { behind: 90 }, waiting: { catchingUp: 90 }, limit: 50, perSecond: 60 },
    90,
    0,
  ],
])('%s', (_, { rules, waiting, limit = null, perSecond = 0 }, sendable, actionable) => {
  const byState = { ...Object.fromEntries(CELL_STATES.map((state) => [state, 0])), ...rules } as Record<
    CellState,
    number
  >;
  const status = { waiting: { ...NOTHING, ...waiting }, limitPerSecond: limit, perSecond };
  expect(actionableLag(byState, status)).toEqual({ sendable, actionable });
});
