import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { makePartner, makeRecord } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { expect, test } from '@jest/globals';

test('a delivered record shows all its stages, and they are its whole way; a replay shows in a counter instead', async () => {
  const answers: Answer[] = [{ kind: 'unreachable', code: 'ECONNRESET' }];
  const { partner, hooks } = makePartner({
    connector: { deliver: { retry: { maxAttempts: 5, firstMs: 1, maxMs: 1 } } },
    sender: {
      send: (_outgoing, _timeoutMs, _reader, done) => {
        const writtenAt = performance.now();
        queueMicrotask(() => done(answers.shift() ?? { kind: 'answered', status: 200 }));
        return { cut: () => {}, writtenAt, headAt: writtenAt };
      },
    },
  });
  const { latency, stages, replayed } = partner.shared.metrics;
  const assignment = hooks.openAssignment();
  await assignment.assigned([{ partition: 0, position: 0, metadata: null }], []);
  const beganAt = performance.now();
  const record = (offset: number) =>
    makeRecord({ offset, timestampMs: Date.now(), value: Buffer.from(JSON.stringify(makeRule(`r${offset}`, 1))) });
  await assignment.take(0, [0, 1].map(record), 2);
  const shown = async () => (await stages.get()).values.filter(({ metricName }) => metricName?.endsWith('_sum'));
  const delivered = async () =>
    (await stages.get()).values.find(({ metricName, value }) => metricName?.endsWith('_count') && value === 2);
  while (!(await delivered())) await new Promise(setImmediate);
  const seconds = Object.fromEntries((await shown()).map(({ labels, value }) => [labels['stage'], value]));
  expect(seconds['retry']).toBeGreaterThan(0); // one was sent twice
  const { kafkaAcrossClocks = 0, row = 0, ...ours } = seconds;
  const sum = Object.values<number>(ours).reduce((total, value) => total + value);
  expect(sum + row).toBeLessThan((2 * (performance.now() - beganAt)) / 1000);
  // No stage is left out: up to the ack they are the way from the publish.
  const { sum: publishToAck } = latency.cell({ partner: 'hospital' });
  expect(Math.abs(kafkaAcrossClocks + sum - publishToAck)).toBeLessThan(2 * 0.001);
  expect((await replayed.get()).values).toEqual([]);
  await assignment.revoke();
});
