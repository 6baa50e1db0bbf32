// The promises of a replay, over random logs, selections, crashes and stops. The model is one partition: an owner that
// delivers, commits now and then, crashes, and a partner that keeps what came last. Everything that survives a crash goes
// through the real commit metadata.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PlacedVersion } from '../delivery/acked-version.ts';
import type { CommitMetadata } from './commit-metadata.ts';
import { decodeMetadata, encodeMetadata } from './commit-metadata.ts';
import type { MoveOrder, ReplayWindow } from './replay-window.ts';

import { openWindow, selects, stopWindow, toRestore } from './replay-window.ts';

interface Record {
  readonly offset: number;
  readonly rule: string;
  readonly version: number;
  /** The partner refuses it: parked. */
  readonly refused: boolean;
}

interface Plan {
  readonly steps: ReadonlyArray<{ readonly gap: number; readonly rule: number; readonly refused: boolean }>;
  readonly position: number;
  readonly target: number;
  readonly until: number | null;
  readonly onlyRule: number | null;
  /** One draw per step of the run: what happens before it. */
  readonly fate: ReadonlyArray<'go' | 'commit' | 'crash' | 'stop'>;
}

const plans = fc.record<Plan>({
  steps: fc.array(
    fc.record({ gap: fc.integer({ min: 1, max: 3 }), rule: fc.nat(4), refused: fc.boolean().map((no) => no && true) }),
    { minLength: 1, maxLength: 40 },
  ),
  position: fc.integer({ min: 0, max: 90 }),
  target: fc.integer({ min: 0, max: 90 }),
  until: fc.option(fc.integer({ min: 0, max: 90 })),
  onlyRule: fc.option(fc.nat(4)),
  fate: fc.array(fc.constantFrom('go', 'go', 'go', 'commit', 'crash', 'stop'), { maxLength: 60 }),
});

const FACTS = { attempts: [], clean: true, committedAtMs: 5, epochStartedAtMs: 4, worker: 'w' } as const;

function run(plan: Plan) {
  const versions = new Map<string, number>();
  let at = -1;
  const log = plan.steps.map(({ gap, rule, refused }): Record => {
    at += gap;
    const name = `r${rule}`;
    versions.set(name, (versions.get(name) ?? 0) + 1);
    return { offset: at, rule: name, version: versions.get(name) as number, refused };
  });
  const acked = new Map<string, PlacedVersion>();
  /** What the partner got, in order. */
  const received: Array<{ rule: string; version: number; replayed: boolean }> = [];
  const holds = new Map<string, number>();
  const deliver = ({ rule, version, offset, refused }: Record, replayed: boolean): void => {
    if (refused) return;
    received.push({ rule, version, replayed });
    holds.set(rule, version);
    const newest = acked.get(rule);
    if (newest && newest.version > version) return; // the state is never lowered
    acked.set(rule, { version, topic: 't', partition: 0, offset });
  };
  for (const record of log) if (record.offset < plan.position) deliver(record, false);
  const ackedBefore = new Map([...acked].map(([rule, { version }]) => [rule, version]));

  const key = plan.onlyRule === null ? null : `r${plan.onlyRule}`;
  const order: MoveOrder = {
    id: 'x',
    target: plan.target,
    until: plan.until,
    key,
    newIds: false,
    ratePerSecond: null,
    current: false,
  };
  const opened = openWindow(order, plan.position, 7);
  if (!opened) return { opened, log, received, holds, ackedBefore, acked, key };

  let committed = commitOf(opened.target, opened);
  let stopped = false;
  const fate = [...plan.fate];
  /** Audit rows of the replay: they survive a crash. */
  const sent = new Map<string, number>();
  // Each round is one owner, from what Kafka has.
  for (let owners = 0; ; owners += 1) {
    const metadata = decodeMetadata(committed.offset, committed.metadata) as CommitMetadata;
    let window = metadata.replay as ReplayWindow;
    let position = committed.offset;
    const commit = () => {
      committed = commitOf(position, window);
    };
    let crashed = false;
    const meet = (): boolean => {
      const next = fate.shift() ?? 'go';
      if (next === 'commit') commit();
      if (next === 'stop' && !stopped) {
        stopped = true;
        window = stopWindow(window, position, 'cancel');
        commit();
      }
      crashed = next === 'crash' && owners < 20;
      return crashed;
    };
    while (position < window.until && !meet()) {
      if (position >= window.until) break;
      const record = log.find(({ offset }) => offset >= position && offset < window.until);
      if (!record) {
        position = window.until;
        continue;
      }
      if (selects(window, record.rule)) {
        deliver(record, true);
        if (!record.refused) sent.set(record.rule, record.version);
      }
      position = record.offset + 1;
    }
    if (crashed) continue;
    const last = toRestore(sent, acked);
    for (const { ruleId, offset } of last) {
      if (meet()) break;
      deliver(log.find((record) => record.offset === offset) as Record, true);
      sent.set(ruleId, Number(acked.get(ruleId)?.version ?? 0));
    }
    if (crashed) continue;
    position = window.resume;
    return { opened, log, received, holds, ackedBefore, acked, key, stopped, position };
  }
}

function commitOf(offset: number, replay: ReplayWindow) {
  return { offset, metadata: encodeMetadata(offset, { ...FACTS, settled: [], replay }) };
}

test('whatever crashes and stops: the range goes out, nothing else does, no acked version is lowered, and the newest is last', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const { opened, log, received, holds, ackedBefore, acked, key, stopped, position } = run(plan);
      const again = received.filter(({ replayed }) => replayed);
      if (!opened) {
        expect(again).toEqual([]);
        return;
      }
      expect(position).toBe(plan.position);
      const range = log.filter(
        ({ offset, rule }) => offset >= opened.target && offset < opened.until && (key === null || rule === key),
      );
      const nameOf = ({ rule, version }: { rule: string; version: number }) => `${rule} v${version}`;
      const names = new Set(again.map(nameOf));
      if (!stopped)
        expect(range.filter((record) => !record.refused && !names.has(nameOf(record))).map(nameOf)).toEqual([]);
      const allowed = new Set([
        ...range.map(nameOf),
        ...[...ackedBefore].map(([rule, version]) => `${rule} v${version}`),
      ]);
      expect([...names].filter((name) => !allowed.has(name))).toEqual([]);
      for (const [rule, version] of ackedBefore) {
        expect(acked.get(rule)?.version).toBeGreaterThanOrEqual(version);
        expect([rule, holds.get(rule)]).toEqual([rule, acked.get(rule)?.version]);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a window never reaches beyond the position, where everything will be delivered anyway', () => {
  fc.assert(
    fc.property(plans, ({ target, until, position }) => {
      const order = { id: 'x', target, until, key: null, newIds: false, ratePerSecond: null, current: false };
      const window = openWindow(order, position, 0);
      if (!window) return expect(Math.min(until ?? position, position)).toBeLessThanOrEqual(target);
      expect(window.target).toBeLessThan(window.until);
      expect(window.until).toBeLessThanOrEqual(window.resume);
      expect(window.resume).toBe(position);
    }),
  );
});
