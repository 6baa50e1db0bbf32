// Why a partner is not in step, in one sentence for a person who has five seconds.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import type { CellState } from '@ess/domain/view/cell.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';

type GroupStatus = Pick<PartnerStatus, 'workers' | 'lag' | 'breaker' | 'paused' | 'quietUntil'>;

const WORDS: Partial<Record<CellState, string>> = {
  unknown: 'not known',
  notTold: 'rules that are over were never called off',
  mappingChanged: 'told by a mapping that has changed since: a replay sends it again',
  deadLettered: 'refused by the partner: see its dead letters',
  newConnector: 'a new partner that has not been told yet: a replay does that',
  behind: 'behind',
};

/** @param status undefined: its workers could not be asked, or it has none */
export function causeOf(
  { drifting, byState }: Pick<PartnerTotals, 'drifting' | 'byState'>,
  status: GroupStatus | undefined,
): string | null {
  const { unknown } = byState;
  // Then what its workers said is old as well.
  if (unknown > 0 && CELL_STATES.every((state) => state === 'unknown' || byState[state] === 0))
    return 'not known: what was read is too old';
  const ofGroup = status && causeOfGroup(status);
  if (ofGroup !== undefined) return unknown > 0 ? `${ofGroup}; ${unknown} ${WORDS.unknown}` : ofGroup;
  if (drifting === 0) return null;
  const worst = CELL_STATES.filter((state) => isDrift(state) && byState[state] > 0).sort(
    (a, b) => byState[b] - byState[a],
  );
  return worst.map((state) => `${byState[state]} ${WORDS[state] ?? state}`).join('; ');
}

function causeOfGroup({ workers, lag, breaker, paused, quietUntil }: GroupStatus): string | undefined {
  const waiting = lag.records > 0 ? `, ${lag.records} waiting` : '';
  if (breaker.state === 'open') return `held${since(breaker.since)}: ${breaker.reason}${waiting}`;
  if (paused) return `paused${since(paused.since)} by ${paused.by}${waiting}`;
  if (workers.length === 0) return `no worker runs${waiting}`;
  if (quietUntil) return `left alone until ${clock(quietUntil)}, as the partner asked${waiting}`;
  return undefined;
}

const since = (at: string | null): string => (at === null ? '' : ` since ${clock(at)}`);
/** The minute of a UTC time. */
const clock = (at: string): string => `${at.slice(11, 16)} UTC`;
