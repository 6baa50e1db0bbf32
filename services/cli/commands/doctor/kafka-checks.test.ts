// What the doctor advises where it depends on who asks.
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { expect, test } from '@jest/globals';
import { checkKafka, noRights } from './kafka-checks.ts';

test('to grant the first rights is no advice to somebody without a name, whom they would shut out', () => {
  const brokers = ['127.0.0.1:9092'];
  expect(noRights({ brokers }).remedy).not.toContain('access apply');
  const sasl = { mechanism: 'plain', username: 'ess-ops', password: { text: 'secret' } } as const;
  expect(noRights({ brokers, sasl }).remedy).toContain('access apply');
});

test('where nobody takes a connection it is not said to look at TLS and passwords', async () => {
  const away = loadSettings({ KAFKA_BROKERS: '127.0.0.1:1' }, '/absent/stack.json');
  expect(await checkKafka(away, 'connectors')).toEqual([
    { check: 'kafka', status: 'fail', told: expect.stringContaining('start one with "ess up"') },
  ]);
});
