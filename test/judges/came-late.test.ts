import { expect, test } from '@jest/globals';
import type { AttemptRow } from './came-late.ts';
import { cameLate } from './came-late.ts';

const row = (attempt: number, outcome: AttemptRow['outcome'], writtenAtMs: number, more: Partial<AttemptRow> = {}) => ({
  attempt,
  outcome,
  writtenAtMs,
  status: 200,
  reason: null,
  ...more,
});
const timeout = (attempt: number, atMs: number) => row(attempt, 'retried', atMs, { status: null, reason: 'ETIMEDOUT' });

test('a timed out request comes late when its row is before the one of the ack, at the same time too', () => {
  for (const ackedAtMs of [10, 11])
    expect(cameLate([timeout(1, 10), row(2, 'delivered', ackedAtMs)], { attempt: 1, atMs: 20 })).toBe(true);
});

test('what is sent after the ack is no late one: its row is behind, or says nothing of a timeout, or is not there', () => {
  expect(cameLate([row(2, 'delivered', 10), timeout(1, 10)], { attempt: 1, atMs: 20 })).toBe(false);
  expect(cameLate([row(1, 'delivered', 10)], { attempt: 1, atMs: 20 })).toBe(false);
  expect(cameLate([row(2, 'delivered', 10)], { attempt: 1, atMs: 20 })).toBe(false);
});

test('what comes before its own timeout is on record came in time', () => {
  expect(cameLate([timeout(1, 30), row(2, 'delivered', 31)], { attempt: 1, atMs: 20 })).toBe(false);
});
