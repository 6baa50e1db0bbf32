// What VIEW is folded from: rules in a topic, and that each partner has acked each of them in its newest version.
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeliveryState } from '@ess/schemas/generated/types.ts';
import { STATE_TOPIC } from '@ess/schemas/topics.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import type { Lab, Partner } from '../../lab.ts';
import { ruleAt } from '../../load.ts';

const CHUNK = 5_000;
const CLOSE_MS = 5_000;

export async function ackAll(lab: Lab, topic: SourceTopic, partners: readonly Partner[], rules: number): Promise<void> {
  const encode = await new Codec(lab.stack.registry).encoder(`${STATE_TOPIC}-value`, readSchema(STATE_TOPIC) as object);
  const outbox = new Outbox(lab.stack.kafka);
  let done = 0;
  for (const { name: partner } of partners)
    for (let from = 0; from < rules; from += CHUNK) {
      lab.signal.throwIfAborted();
      lab.progress(done, rules * partners.length, 'acks');
      const rows = Array.from({ length: Math.min(CHUNK, rules - from) }, (_, index) =>
        ackOf(partner, topic.name, from + index, rules),
      );
      await outbox.append(
        rows.map((row) => ({ topic: STATE_TOPIC, key: `${partner}/${row.ruleId}`, value: encode(row) })),
      );
      done += rows.length;
    }
  await outbox.close(CLOSE_MS);
}

function ackOf(partner: string, topic: string, index: number, rules: number): DeliveryState {
  const { ruleId, version, eventId } = ruleAt(index, rules);
  return {
    partner,
    ruleId,
    version,
    topic,
    topicId: null,
    partition: 0,
    offset: index,
    eventId,
    deliveryId: 'bench-delivery-id-0123456789',
    status: 'acked',
    ackedAt: Date.now(),
    digest: '0'.repeat(64),
    connectorDigest: null,
  };
}
