// Partners of one process that read the same topic decode each record once. The result of the first one serves the others,
// which fetch the same record within moments. Records are shared as they are, so nobody may write to one.

import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Codec, Decoded } from '@ess/stream/registry/codec.ts';

interface Entry {
  readonly value: Buffer;
  readonly as: ReadAs | undefined;
  readonly decoded: Decoded;
}

/** Records kept per topic: what the groups of a process are apart from each other while they keep up. */
const KEPT_MAX = 4_096;
/** A larger one is decoded again for each partner: thousands of the largest that a topic takes would fill the memory. */
const KEPT_VALUE_BYTES = 16_384;

export class SharedDecode {
  readonly #codec: Pick<Codec, 'decode'>;
  readonly #readers = new Map<string, number>();
  /** By topic and position; the oldest is dropped first. */
  readonly #kept = new Map<string, Map<string, Entry>>();

  constructor(codec: Pick<Codec, 'decode'>) {
    this.#codec = codec;
  }

  /** A partner reads this topic. With one reader nothing is kept. */
  addReader(topic: string): void {
    this.#readers.set(topic, (this.#readers.get(topic) ?? 0) + 1);
  }

  /** A partner that read it is gone. */
  removeReader(topic: string): void {
    const left = (this.#readers.get(topic) ?? 0) - 1;
    this.#readers.set(topic, left);
    if (left < 2) this.#kept.delete(topic);
  }

  decode(topic: string, record: GroupRecord, as?: ReadAs): Decoded {
    const { value } = record;
    if (value === null || (this.#readers.get(topic) ?? 0) < 2) return this.#codec.decode(value, as);
    const kept = this.#keptOf(topic);
    const position = `${record.partition}:${record.offset}`;
    const before = kept.get(position);
    // A topic that was deleted and made again has other records at the same positions.
    if (before?.as?.schema === as?.schema && before?.value.equals(value)) return before.decoded;
    const decoded = this.#codec.decode(value, as);
    // A refusal may be of the moment, such as an id that the registry did not know yet.
    if (decoded.ok && value.length <= KEPT_VALUE_BYTES) kept.set(position, { value, as, decoded });
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value as string);
    return decoded;
  }

  #keptOf(topic: string): Map<string, Entry> {
    const known = this.#kept.get(topic);
    if (known) return known;
    const fresh = new Map<string, Entry>();
    this.#kept.set(topic, fresh);
    return fresh;
  }
}
