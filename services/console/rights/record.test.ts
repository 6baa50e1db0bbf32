import { expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { actorOf, createRecorder } from './record.ts';
import { localSubject } from './subject.ts';

const subject = { ...localSubject(), name: 'ann', via: 'OIDC' as const };
const request = { subject } as unknown as FastifyRequest;

test('who looks at a payload is on record with name, address and reason before they get it', async () => {
  const rows: unknown[] = [];
  let acknowledge = (): void => undefined;
  const recorder = createRecorder({
    codec: { encoder: async () => (row: object) => Buffer.from(JSON.stringify(row)) },
    outbox: {
      append: ([record]) => {
        rows.push({ key: record?.key, ...JSON.parse(String(record?.value)) });
        return new Promise<void>((resolve) => {
          acknowledge = resolve;
        });
      },
    },
    addressOf: () => '10.1.2.3',
  });
  let isShown = false;
  const shown = recorder(request, {
    ...{ partner: 'hospital', what: 'payload', ruleId: 'r1', topic: 'rules', partition: 2, offset: 7 },
    reason: 'a call at three',
  }).then(() => {
    isShown = true;
  });
  while (rows.length === 0) await new Promise(setImmediate);
  expect([rows, isShown]).toMatchObject([
    [
      {
        ...{ key: 'hospital/r1', outcome: 'viewed', partner: 'hospital', ruleId: 'r1', partition: 2, offset: 7 },
        reason: 'ann (10.1.2.3) looked at the payload: a call at three',
      },
    ],
    false,
  ]);
  acknowledge();
  await shown;
  expect(actorOf({ subject: localSubject() }, '127.0.0.1')).toBe(localSubject().name);
});

test('what Kafka does not take is not shown', async () => {
  const append = () => Promise.reject(new Error('away'));
  const codec = { encoder: async () => () => Buffer.from('') };
  const recorder = createRecorder({ codec, outbox: { append }, addressOf: () => '' });
  const seen = { partner: 'hospital', what: 'export', reason: null } as const;
  await expect(recorder(request, seen)).rejects.toMatchObject({ statusCode: 503 });
});
