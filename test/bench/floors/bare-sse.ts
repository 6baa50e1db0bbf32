// Floor of F1 and F2: what anybody writes in an afternoon. One kafkajs consumer; each event is serialised once and written
// to every client with `res.write`. No auth, no scope, no cursor, no resume.
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '@ess/runtime/log/log.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { floorPlan } from './plan.ts';
import { joined } from './source.ts';

const { brokers = [], registry = '', topic = '', group = '' } = floorPlan();
const clients = new Set<ServerResponse>();
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  clients.add(response);
  response.once('close', () => clients.delete(response));
});
await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));
const kafka = connectKafka({ brokers }, 'ess-bench-floor', createLog('floor', { level: 'error' }));
const consumer = kafka.consumer({
  groupId: group,
  retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 200 },
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: false });
const codec = new Codec(registry);
void joined(consumer).then(() => process.send?.({ begun: true, port: (server.address() as AddressInfo).port }));
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    await codec.prepare(batch.messages.map(({ value }) => value));
    for (const message of batch.messages) {
      const decoded = codec.decode(message.value);
      if (!decoded.ok) continue;
      const { ruleId, version, minIcuBeds, title } = decoded.record;
      const document = JSON.stringify({ ruleId, version, bedCap: minIcuBeds, sentAtUs: title });
      const event = `id: ${batch.partition}-${message.offset}\ndata: ${document}\n\n`;
      for (const client of clients) client.write(event);
    }
  },
});
