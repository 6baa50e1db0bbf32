// How far back the public topic goes: a rule that is in force for longer than its event is kept was public before all that there is.
import type { PublicEvent } from '@ess/domain/stream/stream-receipts.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import type { Newest } from './source-rules.ts';

export class PublicEvents {
  /** Rules of which an event is kept. */
  readonly #rules = new Set<string>();
  /** By partition, offset of the first event that is kept. */
  readonly #first = new Map<number, number>();

  take(ruleId: string, { partition, offset }: PublicEvent): void {
    if (!this.#first.has(partition)) this.#first.set(partition, offset);
    this.#rules.add(ruleId);
  }

  /** Where the event of a rule lay that has expired with its record; undefined: an event of the rule is kept, or there was none yet. */
  expired(ruleId: string, { topic, partition, publishedAtMs }: Newest): PublicEvent | undefined {
    if (topic !== LATEST_TOPIC || this.#rules.has(ruleId)) return undefined;
    // It had the same partition, and lay before all that are kept.
    return { partition, offset: (this.#first.get(partition) ?? 1) - 1, timestampMs: publishedAtMs };
  }
}
