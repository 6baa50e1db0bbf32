// What the floors with a consumer share: kafkajs with its defaults, and a record as the body that a partner gets.
import { createLog } from '@ess/runtime/log/log.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { Consumer, KafkaMessage } from 'kafkajs';
import type { FloorPlan } from '../floor-run.ts';
import { bodyOf } from '../load.ts';

export interface FloorSource {
  readonly consumer: Consumer;
  readonly bodyFor: (message: KafkaMessage) => Promise<string>;
}

export async function openSource({
  brokers = [],
  registry = '',
  topic = '',
  group = '',
}: FloorPlan): Promise<FloorSource> {
  const kafka = connectKafka({ brokers }, 'ess-bench-floor', createLog('floor', { level: 'error' }));
  // Short waits, as the worker has them: a fresh broker is still loading its groups.
  const consumer = kafka.consumer({ groupId: group, retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 200 } });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const codec = new Codec(registry);
  return {
    consumer,
    async bodyFor({ value }) {
      await codec.prepare([value]);
      const decoded = codec.decode(value);
      if (!decoded.ok) throw new Error(decoded.detail);
      return bodyOf(decoded.record as unknown as RulePublished);
    },
  };
}

/** Resolves with the first assignment. */
export function joined(consumer: Consumer): Promise<void> {
  return new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
}
