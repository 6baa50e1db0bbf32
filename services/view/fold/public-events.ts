// Where in the public topic the newest version of each rule is: a client of a stream has it when it is past that place.
import type { Version } from '@ess/domain/delivery/version.ts';
import type { PublicEvent } from '@ess/domain/stream/stream-receipts.ts';
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import type { Newest } from './source-rules.ts';

interface VersionedEvent extends PublicEvent {
  readonly version: Version;
}

export class PublicEvents {
  readonly #newest = new Map<string, VersionedEvent>();
  /** By partition, offset of the first event that is kept. */
  readonly #first = new Map<number, number>();

  take({ ruleId, version }: Pick<PublicRule, 'ruleId' | 'version'>, event: PublicEvent): void {
    const { partition, offset, timestampMs } = event;
    if (!this.#first.has(partition)) this.#first.set(partition, offset);
    const known = this.#newest.get(ruleId);
    if (known === undefined || known.version <= version)
      this.#newest.set(ruleId, { version, partition, offset, timestampMs });
  }

  /** @returns undefined: it is not public yet */
  of(ruleId: string, { version, topic, partition, publishedAtMs }: Newest): PublicEvent | undefined {
    const newest = this.#newest.get(ruleId);
    if (newest !== undefined && newest.version >= version) return newest;
    if (topic !== LATEST_TOPIC) return undefined;
    // Its record has expired, and so has its event, which has the same partition: it lay before all that are kept.
    return { partition, offset: (this.#first.get(partition) ?? 1) - 1, timestampMs: publishedAtMs };
  }
}
