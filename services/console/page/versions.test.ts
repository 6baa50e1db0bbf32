import { expect, test } from '@jest/globals';
import type { ShownAttempt } from '../facts/attempts.ts';
import { versionsOf } from './versions.ts';

const row = (version: number | null, partner: string, at: string, more: Partial<ShownAttempt> = {}): ShownAttempt => ({
  ...{ key: at + partner, at: `2026-11-29T03:12:${at}Z`, publishedAt: `2026-11-29T03:12:0${version}Z`, partner },
  ...{ ruleId: 'wf-1', version, outcome: 'delivered', attempt: 1, status: 200, durationMs: 1, reason: null },
  ...{ eventId: null, deliveryId: 'd', position: 'rules:0:1', worker: 'w', replayId: null, bodyDigest: null, ...more },
});

test('each version has its story at each partner: every attempt, and how long it took from published to acked', () => {
  const newestFirst = [
    row(2, 'hospital', '40', { replayId: 'again' }),
    row(2, 'hospital', '12'),
    row(2, 'hospital', '05', { outcome: 'retried', status: 503 }),
    row(2, 'clinic', '04', { outcome: 'deadLettered', status: 422 }),
    row(null, 'clinic', '03', { outcome: 'moved' }),
    row(1, 'hospital', '03'),
    row(1, 'hospital', '03', { outcome: 'viewed', attempt: 0 }),
  ];
  const told = versionsOf(newestFirst).map(({ version, partners }) => [
    version,
    partners.map(({ partner, steps, tookMs }) => [partner, steps.map(({ outcome }) => outcome), tookMs]),
  ]);
  expect(told).toEqual([
    [
      '2',
      [
        ['clinic', ['deadLettered'], null],
        ['hospital', ['retried', 'delivered', 'delivered'], 10_000],
      ],
    ],
    ['1', [['hospital', ['delivered'], 2_000]]],
  ]);
});
