// What a record is to its partner: a rule in force, as the mapping has it, or one that is over.
import type { Outgoing } from '@ess/domain/connector/outgoing.ts';
import { outgoingOf } from '@ess/domain/connector/outgoing.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import type { Item } from '../item/item.ts';
import type { Destination } from '../partner-context.ts';
import { digestOf } from '../send/request.ts';

/** The partner is to act upon the rule no more. */
export function isOver({ connector }: Destination, { decoded, scopeExit }: Item): boolean {
  return scopeExit === 'yes' || (decoded.ok && isWithdrawn(connector.source.key, decoded.record));
}

export function mapItem(partner: Destination, item: Item): Outgoing {
  const record = item.decoded.ok ? item.decoded.record : {};
  return outgoingOf(partner.connector, record, isOver(partner, item));
}

/** @returns of the document that the mapping makes of the record today; undefined: it makes none */
export function digestNow(partner: Destination, item: Item): string | undefined {
  const mapped = mapItem(partner, item);
  return mapped.ok ? digestOf(JSON.stringify(mapped.document)) : undefined;
}
