import { field } from '@ess/test/harness/simulation/cells-field.ts';
import { AROUND, NOW } from '@ess/test/harness/simulation/small-view.ts';
import { expect, test } from '@jest/globals';
import { PartnerCells } from './partner-cells.ts';
import { SourceRules } from './source-rules.ts';

test('what was published again is not there before its own record is acked, in a lower version or the same', () => {
  const send = { map: () => ({ ok: true, document: {} }) as const };
  const { source, cells, publish, ack, state } = field(send);
  publish({ rule: 'a', version: 6 });
  ack('a', 6);
  publish({ rule: 'a', version: 6 });
  expect(state('a')).toMatchObject({ state: 'behind', expected: 6, acked: 6 });
  ack('a', 6);
  expect(state('a')).toMatchObject({ state: 'inStep' });
  publish({ rule: 'a', version: 1 });
  expect(state('a')).toMatchObject({ state: 'behind', expected: 1, acked: 6 });
  // What is in force keeps the highest.
  publish({ rule: 'a', version: 6 }, 'rules.latest');
  source.tookOut('rules.latest', 'a', 6, { key: null, partition: 0, offset: 8, timestampMs: NOW });
  // A row of the audit does not say of which log it is.
  ack('a', 1, { topicId: null });
  expect(state('a')).toMatchObject({ state: 'inStep', expected: 1, acked: 1 });
  // A replay begins with older ones.
  ack('a', 6, { ackedAtMs: NOW });
  expect(cells.expectedOf('a', new Map())).toMatchObject({ version: 1, offset: 3 });
});

test('a row of the audit that does not say of which log it is makes nothing in step with a log that was made anew', () => {
  const { source, publish, ack, state } = field();
  ack('a', 5, { topicId: null, offset: 900 });
  source.topicId = 'log-2';
  publish({ rule: 'a', version: 6 });
  expect(state('a')).toMatchObject({ state: 'behind', expected: 6, acked: 5 });
  ack('a', 6, { topicId: null });
  expect(state('a')).toMatchObject({ state: 'inStep', acked: 6 });
});

test('where versions are offsets, those of another partition say nothing: the later record counts', () => {
  const source = new SourceRules({ topic: 'sensors', key: 'ruleId' });
  const cells = new PartnerCells({ partner: 'hospital', onLeave: 'alert', inScope: () => true }, source);
  const publish = (partition: number, offset: number, timestampMs: number) =>
    source.take('sensors', 'log-1', { key: Buffer.from('a'), offset, partition, timestampMs }, { ruleId: 'a' });
  const ack = (partition: number, offset: number, ackedAtMs: number) =>
    cells.ack('a', {
      ...{ topic: 'sensors', topicId: 'log-1', partition, offset, version: offset },
      ...{ ackedAtMs, isOver: false, connectorDigest: null },
    });
  const around = { ...AROUND, partner: { ...AROUND.partner, versionsAreOffsets: true } };
  ack(0, 900, NOW - 50_000);
  publish(3, 5, NOW - 40_000);
  publish(0, 900, NOW - 60_000);
  expect([...cells.cells(around)]).toMatchObject([{ state: 'behind', expected: 5, acked: 900 }]);
  ack(3, 5, NOW - 30_000);
  ack(0, 900, NOW - 50_000);
  expect([...cells.cells(around)]).toMatchObject([{ state: 'inStep', expected: 5, acked: 5 }]);
});
