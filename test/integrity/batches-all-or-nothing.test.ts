// Batched deliveries: one POST with an array, all or nothing; order per rule and one audit row per record
// stay; a refused batch is followed by its records one by one, so that only the one to blame is parked.
import { expect, test } from '@jest/globals';
import type { Received } from '../fakes/partner.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

interface BatchItem {
  readonly id: string;
  readonly data: { readonly ruleId: string; readonly version: number };
}

const MAX_RECORDS = 20;
const itemsOf = ({ text }: Received) => JSON.parse(text) as BatchItem[];
const deliver = { batch: { maxRecords: MAX_RECORDS, maxWaitMs: 20 } };

test('records go out in arrays, in order per rule, each with its own id and audit row', async () => {
  await using stack = await openTestStack();
  let answered = 0;
  await using partner = await FakePartner.start(() => (answered++ % 5 === 3 ? 503 : 200));
  await using line = await Pipeline.open(stack, partner, { deliver });
  await line.source.publish(
    Array.from({ length: 600 }, (_, index) => makeRule(`r${index % 60}`, 1 + Math.floor(index / 60))),
  );
  await line.start();
  await line.drained();

  const accepted = partner.received.filter(({ status }) => status === 200).flatMap(itemsOf);
  expect(Math.max(...partner.received.map((one) => itemsOf(one).length))).toBe(MAX_RECORDS);
  expect(partner.received.length).toBeLessThan(600 / 4);
  for (let rule = 0; rule < 60; rule += 1)
    expect(accepted.filter(({ data }) => data.ruleId === `r${rule}`).map(({ data }) => data.version)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
  const delivered = (await line.audit()).filter(({ outcome }) => outcome === 'delivered');
  expect(new Set(delivered.map(({ deliveryId }) => deliveryId))).toEqual(new Set(accepted.map(({ id }) => id)));
  expect(delivered).toHaveLength(600);
});

test('a refused batch is sent record by record: one is parked, its companions are delivered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start((request) =>
    itemsOf(request).some(({ data }) => data.ruleId === 'bad') ? 422 : 200,
  );
  await using line = await Pipeline.open(stack, partner, { deliver });
  await line.source.publish([
    ...Array.from({ length: 40 }, (_, index) => makeRule(`r${index}`, 1)),
    makeRule('bad', 1),
  ]);
  await line.start();
  await line.drained();

  const accepted = partner.received.filter(({ status }) => status === 200).flatMap(itemsOf);
  expect(new Set(accepted.map(({ data }) => data.ruleId)).size).toBe(40);
  expect((await line.deadLetters()).map(({ ruleId, reason }) => ({ ruleId, reason }))).toEqual([
    { ruleId: 'bad', reason: 'status-422' },
  ]);
});
