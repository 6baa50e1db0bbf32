// What a record is to its partner: a rule in force, as the mapping has it, or one that is over.
import type { MapResult } from '@ess/domain/mapping/mapping.ts';
import type { RequestParts, RequestPlan } from '@ess/domain/request/request-plan.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import type { Item } from '../item/item.ts';
import type { Destination } from '../partner-context.ts';

/** The partner is to act upon the rule no more. */
export function isOver({ connector }: Destination, { decoded, scopeExit }: Item): boolean {
  return scopeExit === 'yes' || (decoded.ok && isWithdrawn(connector.source.key, decoded.record));
}

/** `parts` where the connector says more of a request than its URL. */
export type Mapped = MapResult & { readonly parts?: RequestParts };

export function mapItem(partner: Destination, item: Item): Mapped {
  const { onLeave, map, deliver } = partner.connector;
  const record = item.decoded.ok ? item.decoded.record : {};
  const isTold = onLeave !== 'alert' && isOver(partner, item);
  const mapped = isTold ? onLeave.send.forward(record) : map(record);
  const plan = isTold ? onLeave.request : deliver.request;
  if (plan === undefined || !mapped.ok) return mapped;
  const filled = plan.fill(record, mapped.document);
  return filled.ok ? { ...mapped, parts: filled.parts } : filled;
}

/** How the request of this record is made; undefined: a POST to the URL of the connector. */
export function planOf(partner: Destination, item: Item): RequestPlan | undefined {
  const { onLeave, deliver } = partner.connector;
  return onLeave !== 'alert' && isOver(partner, item) ? onLeave.request : deliver.request;
}
