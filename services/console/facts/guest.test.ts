import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { expect, test } from '@jest/globals';
import { causeOf } from './cause.ts';
import { cardForGuest, orderForGuest, statusForGuest } from './guest.ts';
import type { PartnerCard } from './overview.ts';

test('a partner at its own window is not told who has paused it, nor who runs its workers and where', () => {
  const paused = { since: '2026-01-02T03:04:05Z', by: 'ann, 7 waiting', reason: 'a call of bob' };
  const status = {
    ...{ paused, lag: { records: 3, seconds: 1 }, breaker: { state: 'closed' }, quietUntil: null },
    workers: [{ worker: 'w-secret', host: '10.0.0.9', partitions: [0] }],
    partitions: [{ partition: 0, worker: 'w-secret' }],
    replay: { id: 'r', by: 'ann' },
  } as unknown as PartnerStatus;
  const byState = { unknown: 2, inStep: 1, outOfScope: 9 } as PartnerCard['byState'];
  const cause = causeOf({ drifting: 2, byState }, status);
  expect(cause).toContain('ann');
  const card = cardForGuest({ cause, byState } as PartnerCard);
  expect(card).toEqual({
    cause: 'paused since 03:04 UTC, 3 waiting; 2 not known',
    byState: { ...byState, outOfScope: 0 },
  });
  expect(JSON.stringify(statusForGuest(status))).not.toMatch(/ann|bob|w-secret|10\.0/);
  expect(cardForGuest({ cause: 'no worker runs', byState } as PartnerCard).cause).toBe('no worker runs');
});

test('nor who ordered something, and why, and which worker carried it out; of its own order it is told what it said itself', () => {
  const part = { partition: 0, state: 'completed', records: 1, worker: 'w-secret', refused: false, detail: null };
  const order = {
    by: 'ann',
    reason: 'a call (from 10.0.0.9)',
    status: 'running, cancel asked for by bob',
    partitions: [part],
  };
  const told = orderForGuest({ ...order, approvedBy: 'bob' }, 'link hospital');
  expect(told).toMatchObject({
    by: 'the operator',
    reason: null,
    approvedBy: 'the operator',
    status: 'running, cancel asked for',
  });
  expect(JSON.stringify(told)).not.toMatch(/ann|bob|secret|10\.0/);
  const own = orderForGuest({ ...order, by: 'link hospital' }, 'link hospital');
  expect([own.by, own.reason, own.partitions[0]?.worker]).toEqual(['link hospital', order.reason, null]);
});
