// What became of everything that was published, in numbers that add up.
import type { Repeats } from './duplicates-bounded.ts';
import type { Evidence } from './evidence.ts';
import type { PartnerStories, Story } from './story.ts';

export interface PartnerLedger {
  readonly partner: string;
  readonly published: number;
  readonly inScope: number;
  readonly delivered: number;
  readonly superseded: number;
  /** Withdrawn rules that ended with an alert. */
  readonly alerted: number;
  readonly deadLettered: Readonly<Record<string, number>>;
  readonly held: number;
  readonly requests: number;
  readonly duplicates: Readonly<Record<string, number>>;
  readonly unrecordedAttempts: number;
}

export function ledgerOf(
  { records }: Evidence,
  { evidence, due }: PartnerStories,
  repeats: Repeats,
  unrecordedAttempts: number,
): PartnerLedger {
  const fates = due.map(fateOf);
  const count = (fate: string) => fates.filter((candidate) => candidate === fate).length;
  const reasons = Map.groupBy(
    due.filter((_, index) => fates[index] === 'dead-lettered'),
    ({ parked }) => parked[0]?.reason ?? '',
  );
  return {
    partner: evidence.name,
    published: records.length,
    inScope: due.length,
    delivered: count('delivered'),
    superseded: count('superseded'),
    alerted: count('alerted'),
    deadLettered: Object.fromEntries([...reasons].map(([reason, parked]) => [reason, parked.length])),
    held: count('held'),
    requests: evidence.receipts.length,
    duplicates: {
      ...Object.fromEntries(repeats.excused),
      ...(repeats.violations.length > 0 ? { 'NOT EXCUSED': repeats.violations.length } : {}),
    },
    unrecordedAttempts,
  };
}

function fateOf({ acked, parked, settledBy, record }: Story): string {
  if (acked) return 'delivered';
  if (parked.length > 0) return 'dead-lettered';
  if (settledBy?.outcome === 'superseded') return 'superseded';
  return record.rule?.withdrawn && settledBy ? 'alerted' : 'held';
}

export function printLedger(ledgers: readonly PartnerLedger[]): string {
  const text = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} (${name})`)
      .join(', ') || '0';
  return ledgers
    .map((ledger) =>
      [
        `${ledger.partner}: published ${ledger.published}, in scope ${ledger.inScope}, delivered ${ledger.delivered},`,
        `superseded ${ledger.superseded}, alerted ${ledger.alerted}, dead-lettered ${text(ledger.deadLettered)}, held ${ledger.held};`,
        `requests ${ledger.requests}, duplicates ${text(ledger.duplicates)}, attempts of ended workers without a row ${ledger.unrecordedAttempts}`,
      ].join(' '),
    )
    .join('\n');
}
