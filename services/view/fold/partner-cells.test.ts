import type { Connector } from '@ess/domain/connector/connector.ts';
import { field } from '@ess/test/harness/simulation/cells-field.ts';
import { AROUND, NOW } from '@ess/test/harness/simulation/small-view.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PartnerCells } from './partner-cells.ts';
import { SourceRules } from './source-rules.ts';

test('drift lasts since the first version that is missing, until the newest is acked', () => {
  const { publish, ack, state } = field();
  publish({ rule: 'a', version: 1, atMs: NOW - 50_000 });
  publish({ rule: 'a', version: 2, atMs: NOW - 40_000 });
  expect(state('a')).toMatchObject({ state: 'behind', expected: 2, acked: null, sinceMs: NOW - 50_000 });
  ack('a', 1);
  expect(state('a')).toMatchObject({ state: 'behind', acked: 1, sinceMs: NOW - 50_000 });
  ack('a', 2);
  expect(state('a')).toMatchObject({ state: 'inStep', sinceMs: NOW });
  publish({ rule: 'a', version: 3, atMs: NOW - 10_000 });
  expect(state('a')).toMatchObject({ state: 'behind', sinceMs: NOW - 10_000 });
});

test('what is in force and the source itself may come in any order: the newest counts, with its place in the source', () => {
  const { publish, state } = field();
  publish({ rule: 'a', version: 5 }, 'rules.latest');
  publish({ rule: 'a', version: 4 });
  publish({ rule: 'a', version: 5 });
  publish({ rule: 'a', version: 5 }, 'rules.latest');
  expect(state('a', { positions: new Map([[0, 4]]) })).toMatchObject({ state: 'newConnector', expected: 5 });
  expect(state('a', { positions: new Map([[0, 3]]) })).toMatchObject({ state: 'behind' });
});

test('a row of the audit, which does not say what was sent, tells of the end of a rule only where that is sent and nothing else is known', () => {
  const send = { map: () => ({ ok: true, document: {} }) as const };
  const told = (onLeave: Connector['onLeave'], said?: boolean) => {
    const { publish, ack, state } = field(onLeave);
    publish({ rule: 'a', version: 1, scope: 'Elsewhere' });
    if (said !== undefined) ack('a', 1, { isOver: said });
    ack('a', 1, { isOver: null });
    return state('a')?.state;
  };
  expect([told('alert'), told('alert', false), told('alert', true)]).toEqual(['notTold', 'notTold', 'outOfScope']);
  expect([told(send), told(send, false), told(send, true)]).toEqual(['outOfScope', 'notTold', 'outOfScope']);
});

test('a source that is another log now has what that log has, and what the partner has stays', () => {
  const { source, publish, ack, garbage, state } = field();
  publish({ rule: 'a', version: 5 });
  ack('a', 5);
  publish({ rule: 'b', version: 5 });
  garbage('b');
  source.forget();
  source.topicId = 'log-2';
  expect(state('b')).toBeUndefined();
  publish({ rule: 'a', version: 6 });
  publish({ rule: 'b', version: 1 });
  expect(state('a')).toMatchObject({ state: 'behind', expected: 6, acked: 5, sinceMs: NOW - 60_000 });
  expect(state('b')).toMatchObject({ state: 'behind', expected: 1, acked: null });
  // Its record is in no log that is left, and what is in force has it no more.
  ack('c', 3, { offset: 7 });
  expect(state('c')).toMatchObject({ state: 'notTold', acked: 3 });
});

test('where versions are offsets, those of the topic that the connector has read before say nothing of this one', () => {
  const source = new SourceRules({ topic: 'sensors', key: 'ruleId' });
  const cells = new PartnerCells({ partner: 'hospital', onLeave: 'alert', inScope: () => true }, source);
  const record = { key: Buffer.from('a'), offset: 5, partition: 0, timestampMs: NOW - 60_000 };
  source.take('sensors', 'log-2', record, { ruleId: 'a' });
  const ack = (topic: string, version: number) =>
    cells.ack('a', {
      ...{ topic, topicId: null, partition: 0, offset: version, version },
      ...{ ackedAtMs: NOW, isOver: false, connectorDigest: null },
    });
  const around = { ...AROUND, partner: { ...AROUND.partner, versionsAreOffsets: true } };
  ack('sensors-before', 900);
  expect([...cells.cells(around)]).toMatchObject([{ state: 'behind', expected: 5, acked: 900 }]);
  ack('sensors', 5);
  expect([...cells.cells(around)]).toMatchObject([{ state: 'inStep', expected: 5, acked: 5 }]);
});

test('versions beyond 2^53 are compared exactly', () => {
  const { publish, ack, state } = field();
  publish({ rule: 'a', version: 2n ** 53n + 2n });
  ack('a', 2n ** 53n + 1n);
  expect(state('a')?.state).toBe('behind');
  ack('a', 2n ** 53n + 2n);
  expect(state('a')?.state).toBe('inStep');
});

test('a rule that what is in force has no more was withdrawn, where that covers what the partner has', () => {
  const { ack, state } = field();
  ack('gone', 3, { offset: 7 });
  expect(state('gone')?.state).toBe('inStep');
  expect(state('gone', { latestCovers: new Map([[0, 7]]) })?.state).toBe('inStep');
  expect(state('gone', { latestCovers: new Map([[0, 8]]) })?.state).toBe('notTold');
  ack('gone', 3, { offset: 7, isOver: true });
  expect(state('gone', { latestCovers: new Map([[0, 8]]) })?.state).toBe('withdrawn');
  expect(state('never heard of')).toBeUndefined();
});

test('a rule that was withdrawn so long ago that nothing keeps it is told of, wherever the record lay that the partner had of it', () => {
  const { ack, cells, state } = field();
  for (const topic of ['rules.latest', 'public.rules']) {
    ack(topic, 3, { topic, topicId: null, offset: 900 });
    expect(state(topic)).toMatchObject({ state: 'notTold', expected: 3, acked: 3 });
    // The place that a person who tells the partner puts on record.
    const expected = cells.expectedOf(topic, new Map());
    expect(expected).toMatchObject({ version: 3, topic, partition: 0, offset: 900 });
    ack(topic, 3, { ...expected, isOver: true });
    expect(state(topic)?.state).toBe('withdrawn');
  }
  expect(cells.expectedOf('never heard of', new Map())).toBeUndefined();
  // Where nothing keeps what is in force, nothing of it is known; what came from another topic is not of this source.
  ack('expired', 3);
  ack('moved', 3, { topic: 'sensors' });
  const around = { latestCovers: undefined };
  expect(state('expired', around)).toMatchObject({ state: 'inStep', expected: null });
  expect(state('moved', around)).toMatchObject({ state: 'notTold', why: expect.stringMatching(/^out of scope/) });
});

test('whatever the order of acks, and whatever was published again: the newest record counts, and what was acked last of the log', () => {
  const record = fc.record({
    rule: fc.constantFrom('a', 'b', 'c'),
    version: fc.integer({ min: 1, max: 9 }),
    scope: fc.constantFrom('Hospital', 'Ems'),
  });
  const ack = fc.record({ of: fc.nat(59), beside: fc.nat(59) });
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 60 }),
      fc.array(ack, { maxLength: 60 }),
      (records, acks) => {
        const { publish, ack, cells } = field();
        for (const [at, one] of records.entries()) {
          publish(one);
          for (const { of } of acks.filter(({ beside }) => beside % records.length === at)) {
            const { rule, version } = records[of % records.length]!;
            ack(rule, version, { offset: 1 + (of % records.length) });
          }
        }
        const ackedAt = new Set(acks.map(({ of }) => of % records.length));
        const last = (rule: string, of = records.keys().toArray()) =>
          Math.max(-1, ...of.filter((at) => records[at]?.rule === rule));
        for (const { ruleId, expected, acked, state } of cells.cells(AROUND)) {
          const [newest, held] = [last(ruleId), last(ruleId, [...ackedAt])];
          expect([expected, acked]).toEqual([records[newest]?.version, records[held]?.version ?? null]);
          if (records[newest]?.scope === 'Hospital') expect(state).toBe(held === newest ? 'inStep' : 'behind');
        }
        expect([...cells.cells(AROUND)].length).toBe(new Set(records.map(({ rule }) => rule)).size);
      },
    ),
  );
});

test('a newest record that cannot be read is not passed over in silence, until the next one or somebody has settled it', () => {
  const { source, publish, ack, garbage, state } = field();
  publish({ rule: 'a', version: 1 });
  ack('a', 1);
  const offset = garbage('a');
  // Of what is in force the version before may be read later.
  publish({ rule: 'a', version: 1 }, 'rules.latest');
  expect(state('a')).toMatchObject({
    state: 'unknown',
    acked: 1,
    why: `its newest record, 0:${offset}, cannot be read`,
  });
  const positions = new Map([[0, offset + 1]]);
  const letter = { topic: 'rules', partition: 0, offset, version: null, parkedAtMs: NOW - 20_000, reason: 'decode' };
  expect(state('a', { positions, letterOf: () => letter })).toMatchObject({
    state: 'deadLettered',
    sinceMs: NOW - 20_000,
  });
  expect(state('a', { positions, letterOf: () => ({ ...letter, offset: 1 }) })).toMatchObject({ state: 'inStep' });
  expect(state('a', { positions })).toMatchObject({ state: 'inStep' });
  // No worker passes it for a partner that streams.
  expect(state('a', { partner: { ...AROUND.partner, stream: { heardAtMs: NOW } } })).toMatchObject({
    state: 'unknown',
  });
  publish({ rule: 'a', version: 2 });
  expect(state('a')).toMatchObject({ state: 'behind', expected: 2 });
  const older = garbage('c');
  const newer = garbage('c');
  const again = (place: number) => {
    const record = { key: Buffer.from('c'), offset: place, partition: 0, timestampMs: NOW - 60_000 };
    source.take('rules', 'log-1', record, { ruleId: 'c', version: place, scope: 'Hospital' });
    return state('c')?.state;
  };
  expect([again(older), again(newer)]).toEqual(['unknown', 'behind']);
  garbage('b');
  expect(state('b')).toMatchObject({ state: 'unknown', expected: null, acked: null });
});

test('a time that is still to come makes nothing wait, neither until then nor in each view that is opened', () => {
  const { source, publish, state } = field();
  const nowMs = Date.now();
  publish({ rule: 'a', version: 1, atMs: nowMs + 3_600_000 });
  expect(state('a', { nowMs })).toMatchObject({ state: 'behind' });
  // In microseconds: Kafka knows the time.
  const record = { key: Buffer.from('b'), offset: 9, partition: 0, timestampMs: nowMs - 3_600_000 };
  source.take('rules', null, record, { ruleId: 'b', version: 1, scope: 'Hospital', publishedAt: nowMs * 1_000 });
  expect(state('b', { nowMs })).toMatchObject({ state: 'behind', sinceMs: nowMs - 3_600_000 });
});

test('a record with an event id that is too long, which no partner gets, is the newest of its rule', () => {
  const { source, publish, ack, state } = field();
  publish({ rule: 'a', version: 5 });
  ack('a', 5);
  const record = { key: Buffer.from('a'), offset: 9, partition: 0, timestampMs: NOW - 60_000 };
  source.take('rules', null, record, { ruleId: 'a', version: 6, scope: 'Hospital', eventId: 'x'.repeat(2_000) });
  const letter = { topic: 'rules', partition: 0, offset: 9, version: 6, parkedAtMs: NOW, reason: 'decode' };
  expect(state('a', { letterOf: () => letter })).toMatchObject({ state: 'deadLettered', expected: 6, acked: 5 });
});

test('a dead letter that was dropped is told, of the record that it was', () => {
  const { publish, state } = field();
  publish({ rule: 'a', version: 2 });
  const letter = { topic: 'rules', partition: 0, offset: 1, version: 2, parkedAtMs: NOW, reason: 'status-422' };
  const dropped = (offset: number) =>
    state('a', { positions: new Map([[0, 9]]), droppedOf: () => ({ ...letter, offset }) })?.state;
  expect([dropped(0), dropped(1)]).toEqual(['newConnector', 'behind']);
});

test('an attempt counts for the version that it was made with', () => {
  const { publish, state } = field();
  publish({ rule: 'a', version: 2 });
  const tried = (version: number) => state('a', { attemptOf: () => ({ version, atMs: NOW - 100 }) })?.state;
  expect([tried(1), tried(2)]).toEqual(['behind', 'inFlight']);
});

test('drift is as old as the first version that the partner was to have', () => {
  const { publish, ack, cells, state } = field();
  publish({ rule: 'a', version: 1, scope: 'Elsewhere', atMs: NOW - 50_000 });
  publish({ rule: 'a', version: 2, atMs: NOW - 5_000 });
  expect(state('a')).toMatchObject({ state: 'behind', sinceMs: NOW - 5_000 });
  publish({ rule: 'a', version: 3, scope: 'Elsewhere', atMs: NOW - 4_000 });
  publish({ rule: 'a', version: 4, atMs: NOW - 3_000 });
  expect(state('a')).toMatchObject({ state: 'behind', sinceMs: NOW - 3_000 });
  ack('a', 4, { ackedAtMs: NOW - 2_000 });
  expect(cells.lastLateMs).toBe(0);
  publish({ rule: 'a', version: 5, scope: 'Elsewhere', atMs: NOW - 1_900 });
  publish({ rule: 'a', version: 6, atMs: NOW });
  expect(state('a', { nowMs: NOW + 2_000 })).toMatchObject({ state: 'behind', sinceMs: NOW - 1_900 });
  // It has had the first one all along, which is read after the second.
  publish({ rule: 'b', version: 2, scope: 'Elsewhere', atMs: NOW - 9_000 });
  ack('b', 1);
  publish({ rule: 'b', version: 3, atMs: NOW - 8_000 });
  expect(state('b')).toMatchObject({ state: 'behind', sinceMs: NOW - 9_000 });
});

test('an ack of before is no news of the same version', () => {
  const { publish, ack, state } = field();
  publish({ rule: 'a', version: 5 });
  ack('a', 5, { ackedAtMs: NOW - 1_000 });
  ack('a', 5, { ackedAtMs: NOW - 50_000, isOver: true });
  ack('a', 5, { ackedAtMs: NOW - 1_000, isOver: null });
  expect(state('a')).toMatchObject({ state: 'inStep', sinceMs: NOW - 1_000 });
});

test('an ack of a time that no calendar has was made now at the latest', () => {
  const { publish, ack, cells, state } = field();
  publish({ rule: 'a', version: 1 });
  ack('a', 1, { ackedAtMs: 8_640_000_000_000_001 });
  expect(cells.lastLateMs).toBeGreaterThan(NOW);
  expect(cells.lastLateMs).toBeLessThanOrEqual(Date.now());
  expect(state('a')?.sinceMs).toBe(cells.lastLateMs);
});
