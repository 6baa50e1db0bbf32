import { makeCommand } from '@ess/domain/control/control-state.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { expect, test } from '@jest/globals';
import { ControlDesk } from './desk.ts';

test('no command is written before the audit rows of what it says', async () => {
  const asked: string[][] = [];
  const rows = Promise.withResolvers<void>();
  const append = async (records: readonly OutboxRecord[]): Promise<void> => {
    asked.push(records.map(({ topic }) => topic));
    if (records.some(({ topic }) => topic === 'ess.audit')) await rows.promise;
  };
  const log = { caughtUp: async () => undefined };
  const desk: ControlDesk = Reflect.construct(ControlDesk, [{}, log, { append }, () => Buffer.alloc(0)]);
  const command = makeCommand({ id: 'a', partner: 'hospital', kind: 'pause', by: 'anna@ops' });
  const given = desk.give([command], [{ topic: 'ess.audit', key: 'hospital/', value: Buffer.alloc(0) }]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual([['ess.audit']]);
  rows.resolve();
  await given;
  expect(asked).toEqual([['ess.audit'], ['ess.control']]);
});
