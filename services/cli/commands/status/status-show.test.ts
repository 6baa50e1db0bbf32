import type { CommitMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { StatusFacts } from '@ess/domain/control/partner-status.ts';
import { partnerStatus } from '@ess/domain/control/partner-status.ts';
import { expect, test } from '@jest/globals';
import type { Drift } from './status-drift.ts';
import { unknownDrift } from './status-drift.ts';
import { statusLines } from './status-show.ts';

const NOW = 1_795_000_000_000;
const IN_STEP: Drift = { rules: 0, oldestSeconds: null, inStepSince: '2026-11-24T10:00:00.000Z', notKnown: null };

/** 200 records wait in one partition. */
function shown(
  more: Partial<CommitMetadata>,
  facts: Partial<StatusFacts> = {},
  drift: Drift | null = IN_STEP,
  proposals = 0,
): string {
  const metadata: CommitMetadata = {
    ...{ settled: [], attempts: [], clean: false, committedAtMs: NOW, epochStartedAtMs: NOW, worker: 'w1' },
    health: { movedAtMs: NOW, settledPerSecond: 50, capacityPerSecond: 60 },
    ...more,
  };
  const status = partnerStatus({
    ...{ partner: 'hospital', topic: 'rules', nowMs: NOW, paused: undefined, replay: undefined },
    members: [{ worker: 'w1', host: '10.0.0.1', partitions: [0] }],
    partitions: [
      {
        partition: 0,
        low: 0,
        high: 300,
        position: 100,
        metadata,
        oldestMs: NOW,
        before: { atMs: NOW - 300_000, lag: 900 },
      },
    ],
    ...facts,
  });
  const window = { seconds: 60, from: '2026-11-24T10:00:00.000Z' };
  return statusLines({ ...status, deadLetters: 0, proposals, notKnown: null, replayWindow: window, drift }).join('\n');
}

const retrying = { sinceMs: NOW - 60_000, reason: 'status-503' };
const health = { movedAtMs: NOW, settledPerSecond: 50, capacityPerSecond: 60 };

test.each<[string, string, RegExp]>([
  [
    'the lag and when it is gone',
    shown({}),
    /^ {2}lag +200 records, .*gone in about 4 s at 50\/s \(200 catching up\)$/m,
  ],
  ['what waits for a second person', shown({}, {}, IN_STEP, 2), /^ {2}proposals +2 orders waiting .*: ess proposals$/m],
  ['less what arrives', shown({}, { arrivingPerSecond: 40 }), /gone in about 20 s at 50\/s, less 40\/s that arrive/],
  ['no end while it grows', shown({}, { arrivingPerSecond: 60 }), /^ {2}lag +200 records, 0 ms behind \(/m],
  ['the trend', shown({}), /^ {2}trend +shrinking: 900 records waited 5 min ago$/m],
  [
    'the limit',
    shown({ health: { ...health, atLimit: true } }),
    /^ {2}limit +60\/s: more workers would not send more$/m,
  ],
  ['nothing drifts', shown({}), /^ {2}drift +none, in step since 2026/m],
  [
    'what drifts',
    shown({}, {}, { ...IN_STEP, rules: 3, oldestSeconds: 61 }),
    /^ {2}drift +3 rules, the oldest for 61 s: ess lock/m,
  ],
  ['what drifts is not known', shown({}, {}, unknownDrift('no registry')), /^ {2}drift +not known: no registry$/m],
  [
    'what is tried again before it is held',
    shown({ attempts: [[100, 2]], health: { ...health, retrying } }),
    /^hospital {2}retrying [\s\S]*^ {2}retrying +since 2026\S+, 1 record, 2 attempts, last reason: status-503$/m,
  ],
])('it says %s', (_, text, line) => {
  expect(text).toMatch(line);
});

test('what was not asked for, or is not, has no line', () => {
  expect(shown({}, {}, null)).not.toMatch(/drift|retrying|limit/);
});
