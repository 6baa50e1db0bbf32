// Guarantees 1, 2, 4 and 5 under kill -9: workers of one partner die in the middle of their work, again and again.
import { randomUUID } from 'node:crypto';
import { IdempotentProducer } from '@ess/stream/write/idempotent-producer.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge } from '../judges/delivery-checker.ts';

/** Deliveries that must be made after each kill, once the group is stable again. */
const PROGRESS = 500;
const RULES = sized(3_000, 20_000);
const KEYS = 500;
const KILLS = sized(2, 6);
const WORKERS = 3;

test('kill -9 of workers loses nothing, keeps the order of each rule and repeats only what was in flight or not yet audited', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start((_request, index) =>
    index % 50 === 49 ? 503 : { status: 200, afterMs: 10 },
  );
  await using line = await Pipeline.open(stack, partner);
  const alive: EssProcess[] = await line.start(WORKERS);
  let members = await line.stable(WORKERS);
  const rules = Array.from({ length: RULES }, (_, index) => makeRule(`r${index % KEYS}`, 1 + Math.floor(index / KEYS)));
  const openAtKill: number[] = [];
  const share = Math.ceil(RULES / (KILLS + 1));

  for (let round = 0; round < KILLS; round += 1) {
    const until = (round + 1) * share;
    const published = line.source.publish(rules.slice(round * share, until - PROGRESS - 100));
    const before = partner.received.length;
    await partner.until((received) => received.length >= before + 300);
    openAtKill.push(partner.received.filter(({ status }) => status === 0).length);
    await alive.shift()?.signal('SIGKILL');
    // Workers that send by threads of their own, beside those that do not.
    alive.push(line.spawn({ ESS_WORKER_THREADS: '2' }));
    await published;
    members = await line.stable(WORKERS, { before: members, gone: 1 });
    // Work for the progress that is asked for: the survivors may have delivered all there was by now.
    const atStable = partner.received.length;
    await line.source.publish(rules.slice(until - PROGRESS - 100, until));
    await partner.until(
      (received) => received.length >= atStable + PROGRESS,
      PATIENCE_MS,
      `progress after kill ${round + 1}`,
    );
  }
  await line.source.publish(rules.slice(KILLS * share));
  await line.drained();

  const verdict = judge(rules, partner.received, await line.audit());
  report('kill -9', `${RULES} rules, ${KEYS} keys, ${WORKERS} workers, ${KILLS} kills`, {
    received: verdict.received,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    'audited duplicates': verdict.duplicates.audited.length,
    'in-flight or un-audited duplicates': verdict.duplicates.inFlight.length,
    'open at each kill': openAtKill.join('/'),
  });
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [] } });
  expect(await line.deadLetters()).toEqual([]);
}, 600_000);

test('what a retired producer sends late is not taken after the first batch of its successor', async () => {
  await using stack = await openTestStack();
  const topic = `fence-${randomUUID()}`;
  await stack.admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const write = (producer: IdempotentProducer, value: string) => {
    const records = [{ key: 'k', value: Buffer.from(value) }];
    return producer.sendBatch({ timeout: 10_000, parts: [{ topic, partition: 0, records }] });
  };
  const retired = new IdempotentProducer(stack.kafka);
  await retired.connect();
  await write(retired, '1');
  await write(retired, '2');
  const successor = new IdempotentProducer(stack.kafka, undefined, retired.identity);
  await successor.connect();
  const offsets = [await write(successor, '3'), await write(successor, '4')].flat().map((one) => one.baseOffset);
  await expect(write(retired, 'late')).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' });
  await Promise.all([retired.disconnect(), successor.disconnect()]);
  expect(offsets).toEqual(['2', '3']);
});
