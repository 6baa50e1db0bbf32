// A record that lies about its counts is refused in the project's own topics as well, by every reader, and what is behind it flows.
import { Outbox } from '@ess/stream/write/outbox.ts';
import { expect, test } from '@jest/globals';
import { evictMembers } from '../../fakes/kafka/evict.ts';
import { FakePartner } from '../../fakes/partner.ts';
import { openControl } from '../../harness/data/control.ts';
import { makeRule } from '../../harness/data/rules.ts';
import { Pipeline } from '../../harness/programs/pipeline.ts';
import { lyingRecord } from './lying-record.ts';
import { stack } from './stack.ts';

test("a record that lies about its size in the project's own topics does no harm to who reads them: workers, their recovery, the command line", async () => {
  await using partner = await FakePartner.start(() => 200);
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const outbox = new Outbox(stack.kafka);
  const position = { partner: line.partner, topic: line.source.name, partition: 0, offset: 0 };
  const who = { worker: 'w', by: 'w', at: Date.now() };
  const rule = { ruleId: 'r', version: 1, deliveryId: 'd', digest: 'd' };
  const rows: Record<string, object> = {
    'ess.control': { id: 'lies', partner: line.partner, kind: 'pause', ...who },
    'ess.audit': { ...position, ...who, ...rule, attempt: 1, outcome: 'delivered', attemptedAt: Date.now() },
    'ess.delivery-state': { ...position, ...rule, status: 'acked', ackedAt: Date.now() },
    'ess.dead-letters': {
      ...position,
      headers: [],
      recordTimestamp: 0,
      reason: 'r',
      detail: '',
      attempts: 0,
      parkedAt: Date.now(),
    },
    'ess.dead-letter-state': { ...position, ...who, state: 'parked', times: 0, letterPartition: 0, letterOffset: 0 },
  };
  for (const [topic, row] of Object.entries(rows))
    await outbox.append([{ topic, key: `${line.partner}/r`, value: await lyingRecord(stack, topic, row) }]);
  await outbox.close(1_000);

  const [first] = await line.start();
  await line.source.publish([makeRule('r', 1)]);
  await line.drained();
  // Who comes after one that was killed reads the audit rows.
  await first?.signal('SIGKILL');
  await evictMembers(stack, line.group);
  await line.source.publish([makeRule('r', 2)]);
  line.spawn();
  await line.drained();
  expect(new Set(partner.received.map(({ body }) => body['version']))).toEqual(new Set([1, 2]));
  await using control = await openControl(stack);
  expect(control.state.find('lies')).toBeUndefined();
  const audit = await line.run('audit', '--partner', line.partner, '--json');
  expect(audit.code).toBe(0);
  expect(audit.stdout).toContain('"delivered"');
  expect((await line.run('dead-letters', 'list', '--partner', line.partner)).code).toBe(0);
});
