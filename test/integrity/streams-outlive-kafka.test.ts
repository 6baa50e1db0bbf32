// Kafka is away and comes back: streams stay open, are kept alive by heartbeats, and go on without a gap and without a repeat;
// who comes back meanwhile, or comes for the first time, is let in and has everything.
import { expect, test } from '@jest/globals';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { eventually } from '../harness/deadline.ts';
import { rulesOf, StreamLine, versions } from '../harness/programs/stream-line.ts';
import { report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';

const CLIENTS = sized(100, 1_000);
/** So many have had a heartbeat before the broker comes back: each has its turn, a second or so apart for every fifteenth. */
const BEATEN = sized(CLIENTS / 5, CLIENTS);
const EVENTS = 60;

test('Kafka is down with all connected: one connection each, heartbeats meanwhile, every event once and no gap', async () => {
  await using stack = await openTestStack();
  await using kafka = await KafkaProxy.start(stack.brokers[0] as string);
  await using line = await StreamLine.open(stack, { brokers: kafka.address });
  const partners = [line.partner('Hospital'), line.partner('Species')];
  const bridge = await line.bridge();
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => line.listening(bridge, partners[index % 2] as (typeof partners)[0])),
  );
  await using _all = new AsyncDisposableStack();
  for (const client of clients) _all.use(client);
  const publish = (from: number, to: number) =>
    line.publish([...rulesOf('Hospital', from, to), ...rulesOf('Species', from, to)]);
  await publish(0, EVENTS);
  await kafka.down();
  const heardBefore = clients.map(({ comments }) => comments.length);
  // One of ten loses its connection as well, and is let in again by a bridge that has no Kafka.
  const broken = clients.filter((_, index) => index % 10 === 0);
  for (const client of broken) client.breakConnection();
  for (const client of broken) await client.until('it is back', ({ statuses }) => statuses.length === 2);
  const beaten = () => clients.filter(({ comments }, index) => comments.length > (heardBefore[index] ?? 0)).length;
  await eventually('heartbeats while there is no Kafka', () => beaten() >= BEATEN || undefined);
  await kafka.up();
  await publish(EVENTS, 2 * EVENTS);
  for (const client of clients)
    await client.until('it has everything', ({ documents }) => documents.length >= 2 * EVENTS);

  const wanted = Array.from({ length: 2 * EVENTS }, (_, version) => version);
  for (const [index, client] of clients.entries()) {
    expect(
      versions(client)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(wanted);
    expect(client.events.filter(({ type }) => type !== 'message')).toEqual([]);
    expect(client.faults).toEqual([]);
    expect(client.statuses).toEqual(index % 10 === 0 ? [200, 200] : [200]);
  }
  expect(bridge.ended).toBeUndefined();
  report('Kafka down', `${CLIENTS} clients, until ${BEATEN} have had a heartbeat`, { events: CLIENTS * 2 * EVENTS });
});
