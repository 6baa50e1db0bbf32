// What a partner's clients say that they have is on ess.stream-state, whichever bridge they said it to and whatever happens to it
// then; nothing but a newer cursor changes it, and nobody who streams waits for it.
import { StreamReceipts } from '@ess/domain/stream/stream-receipts.ts';
import type { StreamState } from '@ess/schemas/generated/types.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import { expect, test } from '@jest/globals';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { eventually } from '../harness/deadline.ts';
import { lastVersion } from '../harness/programs/last-version.ts';
import type { BridgeProcess, Partner } from '../harness/programs/stream-line.ts';
import { rulesOf, StreamLine } from '../harness/programs/stream-line.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const PARTITIONS = 4;

async function statesOf(stack: TestStack, { name }: Partner): Promise<StreamState[]> {
  const found: StreamState[] = [];
  const all = read(stack.kafka, { topic: 'ess.stream-state' });
  for await (const batch of rows(new Codec(stack.registry), 'ess.stream-state', all))
    found.push(...batch.flatMap(({ row }) => (row.partner === name ? row : [])));
  return found;
}

/** Whether the partner has each of these records, by rows of the topic. */
async function has(stack: TestStack, partner: Partner, written: readonly Written[], clients: 'any' | 'all' = 'any') {
  const receipts = new StreamReceipts();
  for (const row of await statesOf(stack, partner)) receipts.take(row);
  const receipt = receipts.of(partner.name, { clients, nowMs: Date.now() });
  return written.filter(({ partition, offset }) => receipt.has({ partition, offset, timestampMs: Date.now() })).length;
}

async function checkpoint(bridge: BridgeProcess, { key }: Partner, id: string, client = ''): Promise<number> {
  const query = client === '' ? '' : `?client=${client}`;
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const body = JSON.stringify({ id });
  const answer = await fetch(`${bridge.url}/stream/checkpoint${query}`, { method: 'POST', headers, body });
  return answer.status;
}

test('a client that acks by checkpoint, comes back and outlives its bridges has what it said, and keeps it', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack, { partitions: PARTITIONS });
  const [kiosk, other] = [line.partner('Hospital'), line.partner('Species')];
  const [first, second] = await Promise.all([line.bridge(), line.bridge()]);
  await using client = await line.listening(first, kiosk);
  const early = await line.publish(rulesOf('Hospital', 0, 20));
  await client.until('the first events', ({ documents }) => documents.length === 20);
  const old = client.lastEventId;
  expect(await has(stack, kiosk, early)).toBe(0);

  // To a bridge that it does not stream from; a foreign cursor says nothing of anybody.
  expect(await checkpoint(second, kiosk, old)).toBe(204);
  expect(await checkpoint(second, other, old)).toBe(400);
  await eventually('its receipt', async () => (await has(stack, kiosk, early)) === early.length || undefined);
  expect(await has(stack, other, early)).toBe(0);

  // Read on, it has no more than it said; a connection that breaks brings the newest cursor back.
  const later = await line.publish(rulesOf('Hospital', 20, 40));
  await client.until('the rest', ({ documents }) => documents.length === 40);
  expect(await has(stack, kiosk, later)).toBe(0);
  client.breakConnection();
  await client.until('it is back', ({ statuses }) => statuses.length === 2);
  await eventually('all of it', async () => (await has(stack, kiosk, later)) === later.length || undefined);
  const newest = client.lastEventId;

  // An older cursor, at each bridge and at one that comes up: what it has stays, in each row from here on.
  await Promise.all([first.signal('SIGKILL'), second.signal('SIGTERM')]);
  const third = await line.bridge();
  const before = (await statesOf(stack, kiosk)).length;
  expect(await checkpoint(third, kiosk, old)).toBe(204);
  const after = await eventually('the row of the old cursor', async () => {
    const found = await statesOf(stack, kiosk);
    return found.length > before ? found.slice(before) : undefined;
  });
  const alone = new StreamReceipts();
  alone.take(after.at(-1) as StreamState);
  const now = alone.of(kiosk.name, { nowMs: Date.now() });
  for (const record of [...early, ...later]) expect(now.has({ ...record, timestampMs: Date.now() })).toBe(true);

  // Two clients by name: with all, the partner has what both have.
  await using _north = line.listen(third, kiosk, '?client=north', { lastEventId: newest });
  expect(await checkpoint(third, kiosk, old, 'south')).toBe(204);
  await eventually('both are known', async () => {
    const names = (await statesOf(stack, kiosk)).at(-1)?.clients.map((one) => one.client);
    return names?.includes('north') && names.includes('south') ? true : undefined;
  });
  expect(await has(stack, kiosk, early, 'all')).toBe(early.length);
  expect(await has(stack, kiosk, later, 'all')).toBe(0);
  expect(await checkpoint(third, kiosk, newest, 'south')).toBe(204);
  await eventually('south has it', async () => (await has(stack, kiosk, later, 'all')) === later.length || undefined);
  expect(client.faults).toEqual([]);
});

test('while Kafka is away a checkpoint is answered and streams go on; what is newest is written when it is back, or at the stop', async () => {
  await using stack = await openTestStack();
  await using kafka = await KafkaProxy.start(stack.brokers[0] as string);
  await using line = await StreamLine.open(stack, { partitions: PARTITIONS, brokers: kafka.address });
  const kiosk = line.partner('Hospital');
  const bridge = await line.bridge();
  await using client = await line.listening(bridge, kiosk);
  const written = await line.publish(rulesOf('Hospital', 0, 20));
  await client.until('half of it', ({ documents }) => documents.length === 20);
  const half = client.lastEventId;
  const more = await line.publish(rulesOf('Hospital', 20, 40));
  await client.until('all of it', ({ documents }) => documents.length === 40);
  await kafka.down();
  for (const id of [half, client.lastEventId, half]) expect(await checkpoint(bridge, kiosk, id)).toBe(204);
  await using late = line.listen(bridge, kiosk, '', { lastEventId: half });
  await late.until('it is let in', ({ statuses }) => statuses[0] === 200);
  await kafka.up();
  await eventually(
    'its newest receipt',
    async () => (await has(stack, kiosk, [...written, ...more])) === 40 || undefined,
  );

  // Said at the last moment: a stop writes it down.
  const last = await line.publish(rulesOf('Hospital', 40, 60));
  await client.until('the last events', ({ documents }) => documents.length === 60);
  expect(await checkpoint(bridge, kiosk, client.lastEventId)).toBe(204);
  expect(await bridge.signal('SIGTERM').then(() => bridge.exited)).toBe(0);
  expect(await has(stack, kiosk, last)).toBe(20);
});

test('a bridge of the last version beside this one gives and takes the same cursors, and knows nothing of receipts', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack, { partitions: PARTITIONS });
  const kiosk = line.partner('Hospital');
  const [before, now] = await Promise.all([line.bridge({}, [], { script: lastVersion() }), line.bridge()]);
  await using client = await line.listening(before, kiosk);
  const written = await line.publish(rulesOf('Hospital', 0, 20));
  await client.until('all of it', ({ documents }) => documents.length === 20);
  expect(await checkpoint(before, kiosk, client.lastEventId)).toBe(404);
  await using moved = line.listen(now, kiosk, '?client=north', { lastEventId: client.lastEventId });
  await eventually('its receipt', async () => (await has(stack, kiosk, written)) === 20 || undefined);
  await using back = line.listen(before, kiosk, '?client=north', {
    lastEventId: moved.lastEventId || client.lastEventId,
  });
  await back.until('it is let in', ({ statuses }) => statuses[0] === 200);
  expect([before.ended, now.ended]).toEqual([undefined, undefined]);
});
