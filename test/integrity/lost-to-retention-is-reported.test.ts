// The second half of guarantee 1: what retention deleted before it was delivered is reported as the exact range, never skipped
// in silence, and the worker goes on with the earliest record there is.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const rules = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => makeRule('a', from + index));

test('records that expire while no worker runs are reported as the exact range that was lost', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const [first] = await line.start();
  await line.source.publish(rules(0, 10));
  await line.drained();
  await first?.signal('SIGTERM');
  await line.source.publish(rules(10, 30));
  await stack.admin.deleteTopicRecords({ topic: line.source.name, partitions: [{ partition: 0, offset: '25' }] });
  const [second] = await line.start();
  await second?.logged('retention.lost');
  await line.drained();
  await line.source.publish(rules(30, 31));
  await line.drained();

  const lost = (await line.audit()).filter(({ outcome }) => outcome === 'retentionLost');
  expect(lost.map(({ partition, offset, lastOffset }) => [partition, offset, lastOffset])).toEqual([[0, 10, 24]]);
  const versions = partner.received.map(({ body }) => body['version']);
  expect(versions).toEqual([...rules(0, 10), ...rules(25, 31)].map(({ version }) => version));
  expect(await line.metric(second as never, 'ess_retention_lost_total')).toBe(15);
});

test('records that expire behind a held partner are reported, and what had been taken in is still delivered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const [worker] = await line.start();
  await partner.down();
  // So many keys that intake stops while the partner is held.
  await line.source.publish(Array.from({ length: 40 }, (_, index) => makeRule(`k${index}`, 1)));
  await worker?.logged('partner.held');
  await line.source.publish(Array.from({ length: 40 }, (_, index) => makeRule(`k${index}`, 2)));
  await stack.admin.deleteTopicRecords({ topic: line.source.name, partitions: [{ partition: 0, offset: '70' }] });
  await partner.up();
  await worker?.logged('partner.resumed');
  await line.drained();

  const received = new Set(partner.received.map(({ body }) => `${body['ruleId']} v${body['version']}`));
  const lost = (await line.audit()).filter(({ outcome }) => outcome === 'retentionLost');
  const lostRecords = lost.reduce((sum, { offset, lastOffset }) => sum + (lastOffset ?? 0) - offset + 1, 0);
  expect(received.size + lostRecords).toBe(80);
  expect(lostRecords).toBe(await line.metric(worker as never, 'ess_retention_lost_total'));
  for (let key = 30; key < 40; key += 1) expect(received).toContain(`k${key} v2`);
});
