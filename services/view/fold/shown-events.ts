// What the stream of one partner shows of each rule, and what of it the partner's clients have by now. A stream shows what is in the
// partner's scope: rules in force, and withdrawals under `onLeave: send`. Of a rule that leaves the scope it says nothing.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import type { PublicEvent } from '@ess/domain/stream/stream-receipts.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import type { PublicRule } from '@ess/schemas/generated/types.ts';

export interface ShownEvent extends PublicEvent {
  readonly ruleId: string;
  readonly version: Version;
  /** It says that the rule is over. */
  readonly isOver: boolean;
}

/** Versions of a rule that are kept for a partner whose clients are away: the first, which says that they know the rule, and the newest. */
const KEPT = 8;

export class ShownEvents {
  readonly #connector: Pick<Connector, 'inScope' | 'map' | 'onLeave' | 'source'>;
  /** By rule, oldest first: shown, and not known to be with any client. */
  readonly #waiting = new Map<string, ShownEvent[]>();
  /** By rule: also what clients have, since one may come that has nothing. Only for a partner that has what all of them have. */
  readonly #shown: Map<string, ShownEvent[]> | undefined;

  constructor(connector: Pick<Connector, 'inScope' | 'map' | 'onLeave' | 'source'>, clients: 'any' | 'all' = 'any') {
    this.#connector = connector;
    if (clients === 'all') this.#shown = new Map();
  }

  /** Takes an event of the public topic in; the same may come twice. */
  take(rule: PublicRule, { partition, offset, timestampMs }: PublicEvent): void {
    const { ruleId, version } = rule;
    const isOver = isWithdrawn(this.#connector.source.key, rule);
    if (!this.#shows(rule, isOver)) return;
    const event = { ruleId, version, isOver, partition, offset, timestampMs };
    put(this.#waiting, event);
    if (this.#shown) put(this.#shown, event);
  }

  /** Of a rule the newest of these that the clients have. */
  newestOf(ruleId: string, has: (event: PublicEvent) => boolean): ShownEvent | undefined {
    const had = this.#shown?.get(ruleId)?.filter(has) ?? [];
    return had.toSorted((a, b) => (a.version < b.version ? -1 : 1)).at(-1);
  }

  /** What its clients have by now and had not before. */
  *received(has: (event: PublicEvent) => boolean): Generator<ShownEvent> {
    for (const [ruleId, events] of this.#waiting) {
      const rest = events.filter((event) => !has(event));
      if (rest.length === events.length) continue;
      yield* events.filter((event) => !rest.includes(event));
      if (rest.length > 0) this.#waiting.set(ruleId, rest);
      else this.#waiting.delete(ruleId);
    }
  }

  #shows(rule: object, isOver: boolean): boolean {
    const { inScope, map, onLeave } = this.#connector;
    if (!inScope(rule)) return false;
    if (!isOver) return map(rule).ok;
    return onLeave !== 'alert' && onLeave.map(rule).ok;
  }
}

function put(events: Map<string, ShownEvent[]>, event: ShownEvent): void {
  const known = events.get(event.ruleId) ?? [];
  if (known.some(({ offset, partition }) => offset === event.offset && partition === event.partition)) return;
  known.push(event);
  if (known.length > KEPT) known.splice(1, 1);
  events.set(event.ruleId, known);
}
