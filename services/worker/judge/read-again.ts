// A record that is read as the connector's schema of today: the connector has changed to another one while it waited, or it had none.
import type { Item } from '../item/item.ts';
import { lacksSchema } from '../item/item.ts';
import type { Destination, Process } from '../partner-context.ts';

export function isReadAnew({ connector }: Destination, item: Item): boolean {
  return item.reads?.schema !== connector.source.reads?.schema || lacksSchema(item);
}

/**
 * Reads it as it is now.
 * @returns false: it, or its schema, is there only now. What it is (scope, lane, version), and whether the source waits for the
 *   schema, is found at intake: all that waits is to be taken in anew
 */
export function readAgain({ shared, connector }: Destination & Process, item: Item): boolean {
  const { topic, reads } = connector.source;
  const before = item.decoded;
  // A schema may be registered after the record was published: the next turn finds it.
  if (lacksSchema(item)) shared.codec.prepare([item.record.value]).catch(() => undefined);
  // What was unreadable as bytes, or has ids that are too long, is so as any schema.
  const decoded = before.ok || before.reason !== 'decode' ? shared.decoder.decode(topic, item.record, reads) : before;
  if (!before.ok && (decoded.ok || (decoded.reason !== before.reason && decoded.reason === 'unreadable-schema')))
    return false;
  item.reads = reads;
  item.decoded = decoded;
  return true;
}
