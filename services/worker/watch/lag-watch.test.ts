import { createLog } from '@ess/runtime/log/log.ts';
import { workerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, jest, test } from '@jest/globals';
import type { Partner } from '../partner.ts';
import { LagWatch } from './lag-watch.ts';

const RETENTION_MS = 1_000_000;
const OLD = { partition: 0, oldestMs: 1, watermark: { position: 5 }, activity: 0, replay: undefined };

/** A partner with one partition, of which five records wait. @param heldFor why it is held */
const partnerOf = (name: string, topic: string, intakes: readonly object[] = [OLD], heldFor?: string): Partner =>
  ({
    name,
    connector: { source: { topic }, deliver: { retry: { maxMs: 1 }, timeoutMs: 1 } },
    breaker: { state: heldFor === undefined ? { kind: 'closed' } : { kind: 'open', reason: heldFor } },
    concurrency: { limit: 1 },
    group: { highWatermark: () => 10, restart: async () => {} },
    assignment: { inflight: 0, waits: true, intakes: new Map(intakes.map((one, at) => [at, one])) },
    wantsQuiet: false,
  }) as unknown as Partner;

function open(all: readonly Partner[], answers: Partial<Admin> = {}) {
  const metrics = workerMetrics();
  const log = createLog('test', { level: 'silent' });
  const warn = jest.spyOn(log, 'warn');
  const partners = new Map(all.map((one) => [one.name, one]));
  const admin = {
    fetchTopicOffsets: async () => [{ partition: 0, high: '10' }],
    describeConfigs: async () => ({
      resources: [{ configEntries: [{ configName: 'retention.ms', configValue: String(RETENTION_MS) }] }],
    }),
    ...answers,
  } as unknown as Admin;
  const watch = new LagWatch({ kafka: {} as Kafka, admin, metrics, partners, log, stallAfterMs: 2 });
  const windowOf = async (partner: string): Promise<number | undefined> =>
    (await metrics.replayWindow.get()).values.find(({ labels }) => labels.partner === partner)?.value;
  return { watch, metrics, partners, windowOf, told: () => warn.mock.calls };
}

test('a topic that Kafka does not answer for, or refuses, leaves the partners of others watched, and is told once', async () => {
  const fetchTopicOffsets = async (topic: string) => {
    if (topic === 'refused') throw new Error('not authorized');
    return topic === 'silent' ? new Promise<never>(() => {}) : [{ partition: 0, offset: '10', high: '10', low: '0' }];
  };
  const all = [partnerOf('a', 'refused'), partnerOf('b', 'silent'), partnerOf('c', 'rules')];
  const { watch, windowOf, told } = open(all, { fetchTopicOffsets });
  await eventually('the third is watched', async () => ((await windowOf('c')) === 0 ? true : undefined));
  await eventually('both are told', async () => (told().length >= 2 ? true : undefined));
  await watch.stop();
  expect(told().map(([about]) => about)).toEqual([
    { topic: 'refused', error: 'Error: not authorized' },
    { topic: 'silent', error: 'Kafka has not answered yet' },
  ]);
});

test('a partner that cannot be looked at leaves the others of its topic watched', async () => {
  const broken = partnerOf('a', 'rules', [{ ...OLD, watermark: undefined }]);
  const { watch, windowOf, told } = open([broken, partnerOf('b', 'rules')]);
  await eventually('the other is watched', async () => ((await windowOf('b')) === 0 ? true : undefined));
  await watch.stop();
  expect(told()[0]?.[0]).toMatchObject({ partner: 'a', topic: 'rules' });
});

test('what a replay sends again is not about to be lost', async () => {
  const { watch, windowOf, metrics } = open([partnerOf('a', 'rules', [{ ...OLD, replay: {} }])]);
  expect(await eventually('it is known', () => windowOf('a'))).toBe(RETENTION_MS / 1000);
  await watch.stop();
  expect((await metrics.retention.get()).values).toMatchObject([{ value: RETENTION_MS / 1000 }]);
});

test('a partner that leaves while it is looked at gets no figures back', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const leaves = partnerOf('a', 'leaving');
  const describeConfigs = (async ({ resources }: { resources: ReadonlyArray<{ name: string }> }) => {
    if (resources[0]?.name === 'leaving') {
      asked.resolve();
      await answer.promise;
    }
    return { resources: [{ configEntries: [{ configName: 'retention.ms', configValue: '1' }] }] };
  }) as unknown as Admin['describeConfigs'];
  const { watch, windowOf, partners } = open([leaves, partnerOf('b', 'leaving')], { describeConfigs });
  await asked.promise;
  partners.delete('a');
  answer.resolve();
  await eventually('the one after it is known', () => windowOf('b'));
  await watch.stop();
  expect(await windowOf('a')).toBeUndefined();
});

test('who owns nothing of a partner does not hold it; who does says why, as long as it is held and belongs here', async () => {
  const all = [partnerOf('a', 'rules', [], 'status-503'), partnerOf('b', 'rules', [OLD], 'CERT_HAS_EXPIRED: renew it')];
  const { watch, metrics, partners } = open(all);
  const causes = async () => (await metrics.partnerHeld.get()).values;
  watch.refresh();
  await watch.stop();
  expect(await causes()).toEqual([{ labels: { partner: 'b', cause: 'certificateExpired' }, value: 1 }]);
  const { values } = await metrics.circuit.get();
  expect(values.map(({ labels, value }) => [labels.partner, value])).toEqual([
    ['a', 0],
    ['b', 1],
  ]);
  partners.set('b', partnerOf('b', 'rules', [OLD], 'ECONNREFUSED'));
  watch.refresh();
  expect(await causes()).toMatchObject([{ labels: { partner: 'b', cause: 'unreachable' } }]);
  partners.delete('b');
  watch.refresh();
  expect(await causes()).toEqual([]);
});
