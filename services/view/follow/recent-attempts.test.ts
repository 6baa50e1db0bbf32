import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { RecentAttempts } from './recent-attempts.ts';

const row = (more: Partial<DeliveryAttempt>): DeliveryAttempt =>
  ({
    partner: 'hospital',
    ruleId: 'a',
    version: 1,
    outcome: 'delivered',
    attempt: 1,
    attemptedAt: 1_000,
    publishedAt: 900,
    replayId: null,
    ...more,
  }) as DeliveryAttempt;

test('the latest attempt of a rule, with its version; one that is tried again and again is not on its way', () => {
  const attempts = new RecentAttempts();
  attempts.take(row({ outcome: 'retried' }));
  attempts.take(row({ outcome: 'retried', attempt: 2, attemptedAt: 2_000 }));
  expect(attempts.of('hospital', 'a')).toEqual({ version: 1, atMs: 1_000 });
  attempts.take(row({ attempt: 3, attemptedAt: 3_000 }));
  attempts.take(row({ version: 2, outcome: 'held', attemptedAt: 4_000 }));
  attempts.take(row({ outcome: 'viewed', attempt: 0, attemptedAt: 5_000 }));
  expect(attempts.of('hospital', 'a')).toEqual({ version: 2, atMs: 4_000 });
});

test('an attempt of a clock that is ahead was made now at the latest', () => {
  const attempts = new RecentAttempts();
  attempts.take(row({ attemptedAt: Date.now() + 3_600_000 }));
  expect(attempts.of('hospital', 'a')?.atMs).toBeLessThanOrEqual(Date.now());
});

test('patience is three times what 99 of 100 take, within its bounds', () => {
  const attempts = new RecentAttempts();
  expect(attempts.patienceMs('hospital')).toBe(2_000);
  for (let n = 0; n < 100; n += 1) attempts.take(row({ attemptedAt: 1_900 }));
  expect(attempts.patienceMs('hospital')).toBe(3_000);
  attempts.take(row({ attemptedAt: 900_000 }));
  for (let n = 0; n < 10; n += 1) attempts.take(row({ attemptedAt: 900_000 }));
  expect(attempts.patienceMs('hospital')).toBe(60_000);
});

test('a partner of more rules than are kept is still known by how long it takes', () => {
  const attempts = new RecentAttempts();
  for (let n = 0; n < 50_000; n += 1) attempts.take(row({ ruleId: `r${n}`, attemptedAt: 901 }));
  for (let n = 0; n < 300; n += 1) attempts.take(row({ ruleId: `slow${n}`, attemptedAt: 1_900 }));
  expect([attempts.of('hospital', 'r299'), attempts.patienceMs('hospital')]).toEqual([undefined, 3_000]);
  expect([attempts.of('hospital', 'r300')?.version, attempts.of('hospital', 'slow0')?.version]).toEqual([1, 1]);
});
