import type { Connector } from '@ess/domain/connector/connector.ts';
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { Stands } from '@ess/domain/delivery/stands.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Group } from '@ess/stream/group/group.ts';
import { AtWork } from '@ess/stream/write/at-work.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { expect, test } from '@jest/globals';
import { DeliveryAssignment } from './assignment.ts';
import { Isolation } from './item/isolation.ts';
import { PartnerAtWork } from './item/partner-at-work.ts';
import type { PartnerContext } from './partner-context.ts';
import { NewestAcked } from './record/newest-acked.ts';

const FACTS = {
  settled: [],
  attempts: [],
  clean: false,
  committedAtMs: 1_000,
  epochStartedAtMs: 900,
  worker: 'crashed',
};
const CRASHED = encodeMetadata(5, FACTS);

const standing = () => ({ stands: new Stands(), isolation: new Isolation({ flights: 0 }) });

/** An assignment of partition 0 at offset 5; `recovery` is when the audit rows of the crashed owner have been read. */
function assign(recovery: Promise<void>, metadata: string | null) {
  const commits: Array<{ partition: number; offset: number }> = [];
  const group = {
    ownedForMs: 10_000,
    partitionCount: 1,
    isPaused: () => false,
    highWatermark: () => 5,
    commit: async (offsets: typeof commits) => void commits.push(...offsets),
  } as unknown as Group;
  const warned: Array<[details: object, text: string]> = [];
  const warn = (details: object, text: string) => void warned.push([details, text]);
  const log = { info: () => {}, debug: () => {}, warn, error: () => {} };
  const owner = {
    name: 'hospital',
    log,
    ledger: { states: { flush: async () => {} }, newest: new NewestAcked(), inForce: { assigned: () => {} } },
    breaker: { isOpen: false },
    rate: {},
    concurrency: { limit: 1 },
    connector: { source: { topic: 'rules' }, deliver: { timeoutMs: 5_000, catchUp: 'every' } },
    shared: { workerId: 'us', gatherMs: 250, sessionTimeoutMs: 10_000, recover: () => recovery, ...standing() },
  } as unknown as PartnerContext;
  const assignment = new DeliveryAssignment(owner, group, { onAssigned: () => {}, onReplayOver: () => {} });
  const ignored = () => warned.filter(([, text]) => text.startsWith('metadata ignored')).map(([details]) => details);
  return {
    assignment,
    commits,
    group,
    ignored,
    assigned: assignment.assigned([{ partition: 0, position: 5, metadata }]),
  };
}

test('an assignment that ends before its recovery was through commits nothing, also when the recovery ends later', async () => {
  const recovery = Promise.withResolvers<void>();
  const { assignment, commits, assigned } = assign(recovery.promise, CRASHED);
  await assignment.revoke();
  recovery.resolve();
  await assigned;
  expect(commits).toEqual([]);
});

test('one that is through commits at its start, before anything is sent, and again at its end', async () => {
  const { assignment, commits, assigned } = assign(Promise.resolve(), CRASHED);
  await assigned;
  expect(commits).toMatchObject([{ partition: 0, offset: 5 }]);
  await assignment.revoke();
  expect(commits).toHaveLength(2);
});

test('an offset that another tool has moved carries no metadata: nothing is recovered, it is obeyed', async () => {
  const never = new Promise<void>(() => {});
  const { assignment, commits, ignored, assigned } = assign(never, null);
  await assigned;
  expect(commits).toMatchObject([{ partition: 0, offset: 5 }]);
  expect(ignored()).toEqual([]);
  await assignment.revoke();
});

test.each([
  ['of another tool', 'moved by ops'],
  ['cut', CRASHED.slice(0, -3)],
  ['that a tool kept beside an offset that it moved', encodeMetadata(6, { ...FACTS, settled: [[7, 9]] })],
])('metadata %s is ignored, with a warning that names the partition', async (_, metadata) => {
  const never = new Promise<void>(() => {});
  const { assignment, commits, ignored, assigned } = assign(never, metadata);
  await assigned;
  expect(commits).toMatchObject([{ partition: 0, offset: 5 }]);
  expect(assignment.intakes.get(0)?.before(7)).toBe('open');
  expect(ignored()).toEqual([{ partition: 0, offset: 5 }]);
  await assignment.revoke();
});

/** Deliveries that are answered 200 at once. @returns with the versions that were sent, in order */
function sending(deliver: Partial<NonNullable<Connector['deliver']>>, partitionCount = 1) {
  const rate = new RateLimit(deliver.rateLimit?.perSecond ?? Number.POSITIVE_INFINITY);
  const sent: number[] = [];
  const group = {
    ...{ ownedForMs: 10_000, partitionCount, highWatermark: () => 7 },
    ...{ isPaused: () => false, commit: async () => {}, pause: () => {}, resume: () => {} },
  } as unknown as Group;
  const log = { info: () => {}, warn: () => {}, isLevelEnabled: () => false };
  const sender = {
    send: (
      { headers }: { headers: Record<string, string> },
      _timeoutMs: number,
      _newer: unknown,
      done: (answer: object) => void,
    ) => {
      sent.push(Number(headers['ess-rule-version']));
      queueMicrotask(() => done({ kind: 'answered', status: 200 }));
      return { cut: () => {} };
    },
  };
  const rows = Promise.resolve();
  const connector = makeConnector('hospital', 'http://127.0.0.1:1/', { deliver });
  const owner = {
    ...{ name: 'hospital', log, sender, connector, lastAttempt: 0, lastSuccessfulAttempt: 0, rate },
    ...{ breaker: { isOpen: false }, concurrency: { limit: 9, answered: () => {} } },
    ...{ startAttempt: () => 1, succeeded: () => {}, settled: () => {} },
    ledger: {
      states: { flush: () => rows },
      newest: new NewestAcked(),
      inForce: { assigned: () => {} },
      passed: () => rows,
      delivered: () => rows,
    },
    atWork: new PartnerAtWork(new AtWork(), 'hospital', 'rules'),
    metrics: { attempt: () => {}, duration: { observe: () => {} }, latency: { observe: () => {} } },
    shared: {
      ...{ workerId: 'us', gatherMs: 250, clusterId: 'c', sessionTimeoutMs: 10_000 },
      ...standing(),
      control: { state: { active: () => undefined } },
      codec: { isPrepared: () => false, prepare: () => rows },
      decoder: { decode: (_topic: string, { offset }: GroupRecord) => ({ ok: true, record: makeRule('r', offset) }) },
    },
  } as unknown as PartnerContext;
  const assignment = new DeliveryAssignment(owner, group, { onAssigned: () => {}, onReplayOver: () => {} });
  return { assignment, sent, rate };
}

test('with `latest`, a batch that reaches over the mark sends what was gathered before what comes after it', async () => {
  const { assignment, sent } = sending({ catchUp: 'latest' });
  await assignment.assigned([{ partition: 0, position: 5, metadata: null }]);
  // The mark is at 7: of 5 and 6 only the newer goes out, and before 7 and 8 of the same batch.
  const records = [5, 6, 7, 8].map((offset) => ({
    ...{ partition: 0, offset, key: Buffer.from('r'), value: Buffer.from('v'), timestampMs: 1, message: {} },
  })) as unknown as GroupRecord[];
  await assignment.take(0, records, 9);
  for (let turns = 0; turns < 200 && sent.length < 3; turns += 1) await new Promise(setImmediate);
  expect(sent).toEqual([6, 7, 8]);
  await assignment.revoke();
});

test('a rate limit is shared by partitions: the owners of all of them send so much together, whoever owns how many', async () => {
  const deliver = { rateLimit: { perSecond: 40 } };
  const perSecond: number[] = [];
  for (const owned of [1, 3]) {
    const { assignment, rate } = sending(deliver, 4);
    await assignment.assigned(
      Array.from({ length: owned }, (_, partition) => ({ partition, position: 7, metadata: null })),
    );
    let sent = 0;
    for (let atMs = 0; atMs < 60_000; atMs += 1) if (rate.take(atMs) === 0) sent += 1;
    perSecond.push(Math.round(sent / 60));
    await assignment.revoke();
  }
  expect(perSecond).toEqual([10, 30]);
});

test('what the rate limit does not let go waits, though slots are free', async () => {
  const { assignment, sent } = sending({ rateLimit: { perSecond: 1 / 3_600 } });
  await assignment.assigned([{ partition: 0, position: 7, metadata: null }]);
  const records = [7, 8, 9].map((offset) => ({
    ...{ partition: 0, offset, key: Buffer.from(`r${offset}`), value: Buffer.from('v'), timestampMs: 1, message: {} },
  })) as unknown as GroupRecord[];
  await assignment.take(0, records, 10);
  for (let turns = 0; turns < 200; turns += 1) await new Promise(setImmediate);
  expect(sent).toEqual([7]);
  await assignment.revoke();
});

test("what is fetched after the session may have ended is refused: no row is written for a partition that may be another's", async () => {
  const { assignment, assigned, group } = assign(Promise.resolve(), null);
  await assigned;
  const calls: string[] = [];
  Object.assign(group, { ownedForMs: 0, pause: () => calls.push('pause'), resume: () => calls.push('resume') });
  expect(await assignment.take(0, [{ partition: 0, offset: 5 } as GroupRecord], 6)).toBe('none');
  expect(calls).toEqual(['pause']);
  await assignment.revoke();
});
