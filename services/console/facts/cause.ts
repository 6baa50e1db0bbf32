// Why a partner is not in step, in one sentence for a person who has five seconds.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import type { CellState } from '@ess/domain/view/cell.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';

const WORDS: Partial<Record<CellState, string>> = {
  unknown: 'not known: what was read is too old',
  notTold: 'rules that are over were never called off',
  mappingChanged: 'told by a mapping that has changed since: a replay sends it again',
  deadLettered: 'refused by the partner: see its dead letters',
  newConnector: 'a new partner that has not been told yet: a replay does that',
  behind: 'behind',
};

/** @param status undefined: its workers could not be asked, or it has none */
export function causeOf(
  { drifting, byState }: Pick<PartnerTotals, 'drifting' | 'byState'>,
  status: Pick<PartnerStatus, 'workers' | 'lag' | 'breaker' | 'paused' | 'quietUntil'> | undefined,
): string | null {
  if (byState.unknown > 0) return WORDS.unknown ?? null;
  const waiting = status && status.lag.records > 0 ? `, ${status.lag.records} waiting` : '';
  if (status?.breaker.state === 'open') return `held${since(status.breaker.since)}: ${status.breaker.reason}${waiting}`;
  if (status?.paused) return `paused${since(status.paused.since)} by ${status.paused.by}${waiting}`;
  if (status && status.workers.length === 0) return `no worker runs${waiting}`;
  if (status?.quietUntil) return `left alone until ${clock(status.quietUntil)}, as the partner asked${waiting}`;
  if (drifting === 0) return null;
  const worst = CELL_STATES.filter((state) => isDrift(state) && byState[state] > 0).sort(
    (a, b) => byState[b] - byState[a],
  );
  return worst.map((state) => `${byState[state]} ${WORDS[state] ?? state}`).join('; ');
}

const since = (at: string | null): string => (at === null ? '' : ` since ${clock(at)}`);
/** The minute of a UTC time. */
const clock = (at: string): string => `${at.slice(11, 16)} UTC`;
