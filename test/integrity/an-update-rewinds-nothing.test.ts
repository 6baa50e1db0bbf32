// Workers of this version begin where those of the last one have committed, in a metadata that says nothing of the log or of the record
// before: nothing is concluded from that, whether the record is there, was compacted, or has expired.
import { read } from '@ess/stream/read/read.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { applyLastSchemas, lastVersion } from '../harness/programs/last-version.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** Kafka's number for settings of one broker. */
const BROKER_RESOURCE = 4;

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
  await applyLastSchemas(stack);
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** What becomes of the log below the position while no worker runs, and where the position is then. */
const BELOW: ReadonlyArray<readonly [name: string, change: (line: Pipeline) => Promise<unknown>, goesOnAt: number]> = [
  ['nothing has changed', async () => undefined, 4],
  ['a tool has moved the position back', (line) => movedTo(line, 2), 2],
  ['what is below it has expired', (line) => expired(line, 4), 4],
  ['the record before it is compacted', (line) => compacted(line, 3), 4],
];

function movedTo({ group, source }: Pipeline, offset: number) {
  const partitions = [{ partition: 0, offset: String(offset) }];
  return stack.admin.setOffsets({ groupId: group, topic: source.name, partitions });
}

function expired({ source }: Pipeline, upTo: number) {
  const partitions = [{ partition: 0, offset: String(upTo) }];
  return stack.admin.deleteTopicRecords({ topic: source.name, partitions });
}

async function compacted({ source }: Pipeline, offset: number) {
  // The newer one is seen by the cleaner once it is no longer in the last segment.
  for (const rule of [makeRule('r3', 2), makeRule('next', 1)]) await source.publish([rule]);
  await eventually(`record ${offset} is compacted`, async () => {
    const left: number[] = [];
    for await (const batch of read(stack.kafka, { topic: source.name })) left.push(...batch.map((one) => one.offset));
    return !left.includes(offset) || undefined;
  });
}

test('an update goes on at the position of the last version, whatever has become of the log below it', async () => {
  const configEntries = (backoffMs: number) => [{ name: 'log.cleaner.backoff.ms', value: String(backoffMs) }];
  const cleaner = (backoffMs: number) =>
    stack.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: BROKER_RESOURCE, name: '1', configEntries: configEntries(backoffMs) }],
    });
  // Every record begins a new segment, and a segment that is not the last one may be cleaned at once.
  const compact = { 'cleanup.policy': 'compact,delete', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0.01' };
  await cleaner(100);
  const ended = await Promise.all(
    BELOW.map(async ([name, change, goesOnAt]) => {
      await using partner = await FakePartner.start();
      const config = name.endsWith('compacted') ? compact : { 'cleanup.policy': 'delete' };
      await using line = await Pipeline.open(stack, partner, { partitions: 1, config });
      const last = line.spawn({}, [], lastVersion());
      await line.stable(1);
      await line.source.publish(Array.from({ length: 4 }, (_, at) => makeRule(`r${at}`, 1)));
      await line.drained();
      await last.signal('SIGTERM');
      const before = partner.received.length;
      await change(line);
      const [now] = await line.start();
      await line.source.publish([makeRule('after', 1)]);
      await line.drained();
      const sent = partner.received.slice(before).map(({ body }) => String(body['ruleId']));
      const rows = (await line.audit()).filter(({ outcome }) => outcome !== 'delivered');
      const told = now?.lines.filter(({ level }) => level === 'error' || level === 'warn');
      return { name, goesOnAt, sent, rows, letters: await line.deadLetters(), told };
    }),
  );
  await cleaner(15_000);
  for (const { name, goesOnAt, ...found } of ended) {
    const rest = Array.from({ length: 4 - goesOnAt }, (_, at) => `r${goesOnAt + at}`);
    const sent = [...rest, ...(name.endsWith('compacted') ? ['r3', 'next'] : []), 'after'];
    expect([name, found]).toEqual([name, { sent, rows: [], letters: [], told: [] }]);
  }
});
