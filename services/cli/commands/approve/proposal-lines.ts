// Proposals for people: what, who, how many, which digest, until when.

import type { CommandState } from '@ess/domain/control/control-state.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { standing } from '@ess/orders/approval.ts';
import { table } from '../../terminal/table.ts';

/** Enough to tell one from another; `--json` has all of it. */
const DIGEST_CHARS = 16;

export function proposalJson(state: CommandState): Record<string, unknown> {
  const { command, approval, expiry } = state;
  const { id, partner, by, at, reason, proposal } = command;
  return {
    id,
    partner,
    kind: proposal?.kind ?? null,
    status: standing(state),
    by,
    at: timeText(at),
    reason,
    records: proposal?.records ?? null,
    digest: proposal?.digest ?? null,
    connector: proposal?.connector ?? null,
    expiresAt: timeText(proposal?.expiresAt ?? 0),
    approvedBy: approval?.by ?? null,
    approvedAt: approval ? timeText(approval.at) : null,
    endedBy: expiry?.by ?? null,
  };
}

export function proposalTable(states: readonly CommandState[]): string[] {
  const head = ['ID', 'PARTNER', 'KIND', 'STATUS', 'RECORDS', 'BY', 'DIGEST', 'UNTIL', ''];
  const rows = states.map((state) => {
    const { command, approval } = state;
    const { id, partner, by, reason, proposal } = command;
    const { kind = '', records = 0, digest = '', expiresAt = 0 } = proposal ?? {};
    const seen = [approval ? `approved by ${approval.by}` : '', reason ?? ''].filter((text) => text !== '');
    return [
      ...[id, partner, kind, standing(state), String(records), by],
      ...[digest.slice(0, DIGEST_CHARS), timeText(expiresAt), seen.join(', ')],
    ];
  });
  return table([head, ...rows]);
}
