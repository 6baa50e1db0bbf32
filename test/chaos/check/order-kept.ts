// Guarantee 2: version n+1 is never sent before n is settled. Order is the partner's own: it counts arrivals and answers.
import { cameLate } from '../../judges/came-late.ts';
import type { Violation } from './evidence.ts';
import { nameOf } from './nothing-lost.ts';
import type { PartnerStories, Story } from './story.ts';
import { chains } from './story.ts';

/** Kafka's clock and the partner's are those of one machine; what is compared between them may differ by their rounding. */
const ROUNDING_MS = 2;

export function orderKept({ evidence, due }: PartnerStories): Violation[] {
  return chains(due).flatMap((chain) => overtakings(chain, evidence.name));
}

function overtakings(chain: readonly Story[], partner: string): Violation[] {
  const violations: Violation[] = [];
  for (const [index, story] of chain.entries()) {
    const first = story.receipts[0];
    if (!first) continue;
    for (const before of chain.slice(0, index)) {
      const open = !isSettledBy(before, first.order, first.atMs);
      const again = before.receipts.find((one) => one.order > first.order && !cameLate(before.rows, one));
      if (!open && !again) continue;
      const what = open
        ? `${nameOf(story)} was sent before ${nameOf(before)} was settled`
        : `${nameOf(before)} was sent again after ${nameOf(story)}`;
      violations.push({ guarantee: 2, partner, what, at: before.record });
    }
  }
  return violations;
}

function isSettledBy({ acked, parked, settledBy }: Story, order: number, atMs: number): boolean {
  if (acked && acked.answeredOrder < order) return true;
  if (parked.some(({ writtenAtMs }) => writtenAtMs <= atMs + ROUNDING_MS)) return true;
  // What is not sent at all cannot be overtaken; its row need not be first.
  return settledBy?.outcome === 'superseded' || settledBy?.outcome === 'skipped';
}
