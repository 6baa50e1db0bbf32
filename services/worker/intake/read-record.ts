// One record, read for one partner: marked while it is, and not read at all when that has stopped this program twice.
import { STOPPED_TWICE } from '@ess/domain/delivery/stands.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import type { Destination, Process } from '../partner-context.ts';

const STOPPED: Decoded = { ok: false, reason: 'decode', detail: STOPPED_TWICE };

/**
 * The mark stays: what the caller does next is for this record too. It ends it.
 * @param partnerTopic number of the partner and `topic` (stream/write/at-work.ts)
 */
export function readRecord(
  { shared, name, connector }: Process & Pick<Destination, 'connector'>,
  topic: string,
  partnerTopic: number,
  record: GroupRecord,
): Decoded {
  const { partition, offset } = record;
  if (shared.stands.isGuilty(name, topic, partition, offset)) return STOPPED;
  shared.atWork.begin(partnerTopic, partition, offset, 0);
  return shared.decoder.decode(topic, record, connector.source.reads);
}
