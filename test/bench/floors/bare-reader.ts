// Floor of F3: a bare kafkajs consumer that reads the topic from the beginning, decodes and serialises, and keeps nothing.
import { createLog } from '@ess/runtime/log.ts';
import { connectKafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import { floorPlan } from './plan.ts';

const { brokers = [], registry = '', topic = '', group = '', records = 0 } = floorPlan();
const kafka = connectKafka({ brokers }, 'ess-bench-floor', createLog('floor', { level: 'error' }));
const consumer = kafka.consumer({
  groupId: group,
  maxWaitTimeInMs: 100,
  retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 200 },
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
// Its clock starts with its first fetch: the join is not counted, what kafkajs does with the answers is.
consumer.on(consumer.events.FETCH_START, () => {
  startedAt ||= performance.now();
});
const codec = new Codec(registry);
let seen = 0;
let bytes = 0;
let startedAt = 0;
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    await codec.prepare(batch.messages.map(({ value }) => value));
    for (const message of batch.messages) {
      const decoded = codec.decode(message.value);
      if (!decoded.ok) continue;
      const { ruleId, version, minIcuBeds, title } = decoded.record;
      const document = JSON.stringify({ ruleId, version, bedCap: minIcuBeds, sentAtUs: title });
      bytes += `id: ${batch.partition}-${message.offset}\ndata: ${document}\n\n`.length;
      seen += 1;
    }
    if (seen >= records) process.send?.({ rate: (seen / (performance.now() - startedAt)) * 1000, bytes });
  },
});
