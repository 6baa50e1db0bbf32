// What goes out to a partner for one record: the document, and how its request is made. A rule that is over goes out as the
// withdrawal that the connector has words for.
import type { RequestParts, RequestPlan } from '../request/request-plan.ts';
import type { Connector } from './connector.ts';

export type Outgoing =
  | {
      readonly ok: true;
      readonly document: Record<string, unknown>;
      /** Both absent: a POST of JSON to the URL of the connector. */
      readonly plan?: RequestPlan;
      readonly parts?: RequestParts;
    }
  /** It starts with `mapping: ` or `contract: `. */
  | { readonly ok: false; readonly reason: string };

/** @param isOver the partner is to act upon the rule no more; under `onLeave: alert` that changes nothing here */
export function outgoingOf(connector: Connector, record: object, isOver: boolean): Outgoing {
  const { onLeave, map } = connector;
  const mapped = isOver && onLeave !== 'alert' ? onLeave.map(record) : map(record);
  const plan = planOf(connector, isOver);
  if (plan === undefined || !mapped.ok) return mapped;
  const filled = plan.fill(record, mapped.document);
  return filled.ok ? { ...mapped, plan, parts: filled.parts } : filled;
}

/** How the request is made; undefined: a POST of JSON to the URL of the connector, or a connector that only streams. */
export function planOf({ onLeave, deliver }: Connector, isOver: boolean): RequestPlan | undefined {
  return isOver && onLeave !== 'alert' ? onLeave.request : deliver?.request;
}
