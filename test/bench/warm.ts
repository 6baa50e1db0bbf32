// A broker that has just started compiles its code while it serves: on two cores the first half minute costs every run a
// fifth. So it first gets the load of a worker: many small batches in, fetches out.
import type { Kafka } from 'kafkajs';

const TOPIC = 'bench.warm';
const PARTITIONS = 12;
const BATCH = 48;
const VALUE = Buffer.alloc(400, 7);

/** Writes and reads a topic of its own for `forMs`, then deletes it. */
export async function warmBroker(kafka: Kafka, forMs: number): Promise<void> {
  const admin = kafka.admin();
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: TOPIC });
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  try {
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
    await consumer.subscribe({ topic: TOPIC });
    await consumer.run({ eachBatch: async () => undefined });
    const until = performance.now() + forMs;
    for (let sent = 0; performance.now() < until; sent += BATCH) {
      const messages = Array.from({ length: BATCH }, (_, index) => ({ key: `k${sent + index}`, value: VALUE }));
      await producer.send({ topic: TOPIC, acks: -1, messages });
    }
  } finally {
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
    await admin.deleteTopics({ topics: [TOPIC] });
    await admin.disconnect();
  }
}
