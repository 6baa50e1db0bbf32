// The independent judge: what the partner received against what was published and what the audit topic says.
import type { DeliveryAttempt, RulePublished } from '@ess/schemas/generated/types.ts';
import type { Received } from '../fakes/partner.ts';
import { cameLate } from './came-late.ts';

/** A row and when Kafka had it: a frozen or killed worker's row may land long after it was made. */
export type WrittenRow = DeliveryAttempt & { readonly writtenAtMs: number };

export interface Verdict {
  readonly published: number;
  readonly received: number;
  /** Rule and version, e.g. "r1 v3". */
  readonly lost: string[];
  /** Per key, a version whose first receipt came after that of a newer one. */
  readonly outOfOrder: string[];
  /** Delivered without an audit row that says so. */
  readonly unaudited: string[];
  /** Acked deliveries that were sent again: `audited` of them although Kafka had a row that says delivered. */
  readonly duplicates: { readonly audited: string[]; readonly inFlight: string[] };
}

/** What the judge looks at of a receipt. */
export type Receipt = Pick<Received, 'id' | 'body' | 'status' | 'atMs'> & Partial<Pick<Received, 'headers'>>;

const isAck = (status: number): boolean => status >= 200 && status < 300;
const nameOf = ({ body }: Pick<Receipt, 'body'>): string => `${body['ruleId']} v${body['version']}`;

export function judge(
  rules: readonly RulePublished[],
  received: readonly Receipt[],
  audit: readonly WrittenRow[],
): Verdict {
  const rows = new Map<string, number>();
  for (const { outcome, deliveryId, writtenAtMs } of audit)
    if (outcome === 'delivered') rows.set(deliveryId, Math.min(writtenAtMs, rows.get(deliveryId) ?? writtenAtMs));
  const acked = new Set(received.filter(({ status }) => isAck(status)).map(nameOf));
  const audited: string[] = [];
  const inFlight: string[] = [];
  for (const again of resent(received)) {
    const rowAtMs = rows.get(again.id);
    const onRecord = rowAtMs !== undefined && rowAtMs < again.atMs && !wasLate(again, audit);
    (onRecord ? audited : inFlight).push(nameOf(again));
  }
  return {
    published: rules.length,
    received: received.length,
    lost: rules.map(({ ruleId, version }) => `${ruleId} v${version}`).filter((name) => !acked.has(name)),
    outOfOrder: outOfOrder(received),
    unaudited: received.filter(({ id, status }) => isAck(status) && !rows.has(id)).map(nameOf),
    duplicates: { audited, inFlight },
  };
}

/** Where ids say nothing, as two versions of the program call one record by different ones: each rule and version is published once. */
export const judgeByRule = (
  rules: readonly RulePublished[],
  received: readonly Receipt[],
  audit: readonly WrittenRow[],
): Verdict =>
  judge(
    rules,
    received.map((one) => ({ ...one, id: nameOf(one) })),
    audit.map((row) => ({ ...row, deliveryId: `${row.ruleId} v${row.version}` })),
  );

/**
 * Publish to the first ack, ms, of the rules that were published from `fromMs` up to `toMs`, ms since 1970. A partner of the test
 * answers at once: its receipt is the ack.
 */
export function timesToAck(
  rules: readonly RulePublished[],
  received: readonly Receipt[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): { readonly rules: number; readonly p50: number; readonly p99: number; readonly max: number } {
  const ackedAtMs = new Map<string, number>();
  for (const one of received) if (isAck(one.status)) ackedAtMs.set(nameOf(one), ackedAtMs.get(nameOf(one)) ?? one.atMs);
  const times = rules
    .filter(({ publishedAt }) => publishedAt >= fromMs && publishedAt < toMs)
    .map(({ ruleId, version, publishedAt }) => (ackedAtMs.get(`${ruleId} v${version}`) ?? Infinity) - publishedAt)
    .sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? 0;
  return { rules: times.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Not sent again: it lay in the connection. */
function wasLate({ id, atMs, headers }: Receipt, audit: readonly WrittenRow[]): boolean {
  const rows = audit.filter((row) => row.deliveryId === id).sort((a, b) => a.writtenAtMs - b.writtenAtMs);
  return cameLate(rows, { attempt: Number(headers?.['ess-attempt']), atMs });
}

/** Receipts of a delivery that had been answered with an ack. */
function resent(received: readonly Receipt[]): Receipt[] {
  const acked = new Set<string>();
  return received.filter(({ id, status }) => {
    const again = acked.has(id);
    if (isAck(status)) acked.add(id);
    return again;
  });
}

function outOfOrder(received: readonly Receipt[]): string[] {
  const newest = new Map<unknown, number>();
  const seen = new Set<string>();
  return received
    .filter((entry) => {
      const version = Number(entry.body['version']);
      const first = !seen.has(nameOf(entry));
      seen.add(nameOf(entry));
      const before = newest.get(entry.body['ruleId']) ?? 0;
      newest.set(entry.body['ruleId'], Math.max(before, version));
      return first && version < before;
    })
    .map(nameOf);
}
