import type { Deliver } from '@ess/domain/connector/connector.ts';
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { makePartner, makeRecord, restingGroup } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { expect, test } from '@jest/globals';
import { DeliveryAssignment } from './assignment.ts';

const FACTS = {
  settled: [],
  attempts: [],
  clean: false,
  committedAtMs: 1_000,
  epochStartedAtMs: 900,
  worker: 'crashed',
};
const CRASHED = encodeMetadata(5, FACTS);

const UNHEARD = { onAssigned: () => {}, onReplayOver: () => {} };

/** An assignment of partition 0 at offset 5; `recovery` is when the audit rows of the crashed owner have been read. */
function assign(recovery: Promise<void>, metadata: string | null) {
  const commits: Array<{ partition: number; offset: number }> = [];
  const group = {
    ...restingGroup(),
    highWatermark: () => 5,
    commit: async (offsets: readonly (typeof commits)[number][]) => void commits.push(...offsets),
  };
  const lines: Array<{ msg: string; partition: number; offset: number }> = [];
  const log = createLog('test', { pretty: false, write: (line) => void lines.push(JSON.parse(line)) });
  const { partner } = makePartner({ shared: { log, recover: () => recovery } });
  const assignment = new DeliveryAssignment(partner, group, UNHEARD);
  const ignored = () =>
    lines.filter(({ msg }) => msg === 'position.foreign').map(({ partition, offset }) => ({ partition, offset }));
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

test.each([
  ['without a partition', []],
  ['while the partner is held', [{ partition: 0, position: 5, metadata: null }]],
])('%s it is assigned all the same, when its first commit has landed', async (_when, partitions) => {
  const { partner } = makePartner();
  partner.breaker.open(Date.now(), 'down');
  const commit = Promise.withResolvers<void>();
  const heard: string[] = [];
  const group = {
    ...restingGroup(),
    highWatermark: () => 5,
    commit: () => commit.promise.then(() => void heard.push('landed')),
  };
  const assignment = new DeliveryAssignment(partner, group, {
    ...UNHEARD,
    onAssigned: () => void heard.push('assigned'),
  });
  const assigned = assignment.assigned(partitions);
  for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  expect(heard).toEqual([]);
  commit.resolve();
  await assigned;
  expect(heard).toEqual(['landed', 'assigned']);
  await assignment.revoke();
  await partner.stop();
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
function sending(deliver: Partial<Deliver>, partitionCount = 1) {
  const sent: number[] = [];
  const { partner } = makePartner({
    connector: { deliver },
    sender: {
      send: ({ headers }, _timeoutMs, _isNewer, done) => {
        sent.push(Number(headers['ess-rule-version']));
        queueMicrotask(() => done({ kind: 'answered', status: 200 }));
        return { cut: () => {}, writtenAt: 0, headAt: 0 };
      },
    },
  });
  const group = { ...restingGroup(), partitionCount, highWatermark: () => 7 };
  const assignment = new DeliveryAssignment(partner, group, UNHEARD);
  return { assignment, sent, rate: partner.rate };
}

/** A version of this rule, the same as its offset. */
const recordOf = (ruleId: string, offset: number) =>
  makeRecord({ offset, key: Buffer.from(ruleId), value: Buffer.from(JSON.stringify(makeRule(ruleId, offset))) });

test('with `latest`, a batch that reaches over the mark sends what was gathered before what comes after it', async () => {
  const { assignment, sent } = sending({ catchUp: 'latest' });
  await assignment.assigned([{ partition: 0, position: 5, metadata: null }]);
  // The mark is at 7: of 5 and 6 only the newer goes out, and before 7 and 8 of the same batch.
  const records = [5, 6, 7, 8].map((offset) => recordOf('r', offset));
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
  const records = [7, 8, 9].map((offset) => recordOf(`r${offset}`, offset));
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
  expect(await assignment.take(0, [makeRecord({ offset: 5 })], 6)).toBe('none');
  expect(calls).toEqual(['pause']);
  await assignment.revoke();
});
