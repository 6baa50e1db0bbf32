import connectorSchema from '@ess/schemas/connector.schema.json' with { type: 'json' };
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULTS, planCapacity } from './plan.ts';

const plan = (partners: number, rulesPerSecond: number, more: Partial<typeof DEFAULTS> = {}) =>
  planCapacity({ ...DEFAULTS, ...more, partners, rulesPerSecond });

test('a slow partner needs as many workers as keep its answers from holding it back', () => {
  // 500 rules a second × 2 s are 1,000 in flight, 64 in each process
  expect(plan(1, 500, { answerMs: 2_000 }).workersPerPartner).toBe(16);
  expect(plan(1, 500, { answerMs: 2_000 }).limits[0]).toMatchObject({
    what: 'workers of a partner: 16, of 12 partitions',
    used: 16 / 12,
  });
  expect(plan(1, 500, { answerMs: 20 }).workersPerPartner).toBe(1);
});

test('what partners do not want is read all the same, and not delivered', () => {
  const [all, few] = [plan(1_000, 50), plan(1_000, 50, { inScope: 0.1 })];
  expect(few.deliveriesPerSecond).toBe(all.deliveriesPerSecond / 10);
  expect(few.brokers.sendsMb).toBe(all.brokers.sendsMb);
  expect(few.brokers.diskGb).toBeLessThan(all.brokers.diskGb);
});

test('what brokers lack is said with its unit, and with the brokers that have it', () => {
  const [disk] = plan(100, 50, { brokerDiskGb: 20_000 }).limits;
  expect(disk).toMatchObject({
    what: 'disk of brokers: 86,400 GB; 3 brokers are good for 60,000 GB',
    remedy: expect.stringMatching(/, or 5 brokers$/),
  });
  const byCpu = plan(100, 50, { brokerCores: 0.1 }).limits.find(({ what }) => what.startsWith('CPU of brokers'));
  expect(byCpu).toMatchObject({ what: expect.stringMatching(/ 3 brokers are good for 0\.3 cores$/) });
});

test('fields that a remedy names are fields of a connector', () => {
  const remedies = plan(1, 50).limits.map(({ remedy }) => remedy);
  const named = [...remedies.join('\n').matchAll(/deliver\.(\w+)/g)].map(([, field]) => field);
  expect(named.toSorted()).toEqual(['catchUp', 'concurrency']);
  expect(Object.keys(connectorSchema.properties.deliver.properties)).toEqual(expect.arrayContaining(named));
});

test('more partners or rules never need less of anything', () => {
  const size = fc.integer({ min: 1, max: 20_000 });
  const rate = fc.double({ min: 0.01, max: 20_000, noNaN: true });
  const factor = fc.integer({ min: 2, max: 20 });
  const needs = ({ shared, apart, brokers, viewMb }: ReturnType<typeof plan>) => [
    ...[shared.processes, shared.memoryMb, apart.processes, apart.memoryMb],
    ...[brokers.count, brokers.sendsMb, brokers.diskGb, viewMb],
  ];
  fc.assert(
    fc.property(size, rate, factor, (partners, perSecond, times) => {
      const before = needs(plan(partners, perSecond));
      for (const more of [plan(partners * times, perSecond), plan(partners, perSecond * times)])
        for (const [index, need] of needs(more).entries()) expect(need).toBeGreaterThanOrEqual(before[index] ?? 0);
    }),
  );
});
