// Evidence in, violations and a ledger out. One file per guarantee; story.ts gathers what is known of a record.
import { duplicatesBounded } from './duplicates-bounded.ts';
import type { Evidence, Violation } from './evidence.ts';
import type { PartnerLedger } from './ledger.ts';
import { ledgerOf } from './ledger.ts';
import { nothingParkedForTheEndpoint, refusedRunsBounded } from './no-flood.ts';
import { everythingSettled, nothingLost, nothingOutOfScope } from './nothing-lost.ts';
import { attemptsOnRecord, everyAckOnRecord, nothingCommittedBeforeItsRow } from './on-record.ts';
import { orderKept } from './order-kept.ts';
import { tellStories } from './story.ts';

export interface Finding {
  readonly ledgers: readonly PartnerLedger[];
  readonly violations: readonly Violation[];
}

export function check(evidence: Evidence): Finding {
  const ledgers: PartnerLedger[] = [];
  const violations: Violation[] = [];
  for (const partner of evidence.partners) {
    const stories = tellStories(evidence, partner);
    const repeats = duplicatesBounded(stories);
    const attempts = attemptsOnRecord(stories, evidence.workersEnded);
    violations.push(
      ...nothingLost(stories),
      ...nothingOutOfScope(stories),
      ...everythingSettled(evidence, partner),
      ...orderKept(stories),
      ...repeats.violations,
      ...everyAckOnRecord(stories),
      ...attempts.violations,
      ...nothingCommittedBeforeItsRow(stories),
      ...nothingParkedForTheEndpoint(stories),
      ...refusedRunsBounded(stories),
    );
    ledgers.push(ledgerOf(evidence, stories, repeats, attempts.unrecorded));
  }
  return { ledgers, violations };
}
