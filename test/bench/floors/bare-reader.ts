// Floor of F3: a bare kafkajs consumer that reads the topic from the beginning, decodes and serialises, and keeps nothing; some
// times over, so that its code is as warm as that of what it is compared with.
import { createLog } from '@ess/runtime/log/log.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { floorPlan } from './plan.ts';

const { brokers = [], registry = '', topic = '', group = '', records = 0, passes = 1 } = floorPlan();
const kafka = connectKafka({ brokers }, 'ess-bench-floor', createLog('floor', { level: 'error' }));
const consumer = kafka.consumer({
  groupId: group,
  maxWaitTimeInMs: 100,
  retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 200 },
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
// The clock of a pass starts with its first fetch: the join is not counted, what kafkajs does with the answers is.
consumer.on(consumer.events.FETCH_START, () => {
  startedAt ||= performance.now();
});
const codec = new Codec(registry);
let seen = 0;
let bytes = 0;
let startedAt = 0;
let pass = 0;
const rates: number[] = [];
const partitions = new Set<number>();
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    partitions.add(batch.partition);
    await codec.prepare(batch.messages.map(({ value }) => value));
    for (const message of batch.messages) {
      const decoded = codec.decode(message.value);
      if (!decoded.ok) continue;
      const { ruleId, version, minIcuBeds, title } = decoded.record;
      const document = JSON.stringify({ ruleId, version, bedCap: minIcuBeds, sentAtUs: title });
      bytes += `id: ${batch.partition}-${message.offset}\ndata: ${document}\n\n`.length;
      seen += 1;
    }
    if (seen < records || pass === passes) return;
    pass += 1;
    rates.push((seen / (performance.now() - startedAt)) * 1000);
    if (pass === passes) return void process.send?.({ rates, bytes });
    seen = 0;
    for (const partition of partitions) consumer.seek({ topic, partition, offset: '0' });
    startedAt = 0;
  },
});
