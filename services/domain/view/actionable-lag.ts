// What one more worker could send now, and so what scaling follows. A committed position says little of that: one slow rule pins it, and
// everything that was delivered behind it looks like a backlog.
import type { Cause, PartnerStatus } from '../control/partner-status.ts';
import type { CellState } from './cell.ts';
import { WITHIN_S } from './desired-workers.ts';

/** States of rules that a worker could send now. */
const SENDABLE: readonly CellState[] = ['inFlight', 'unowned', 'behind'];
/** Causes for which another worker would be of use; behind a record that is tried again the others go on. */
const ACTIONABLE: readonly Cause[] = ['catchingUp', 'startedOver', 'replaying', 'retrying', 'unowned', 'joining'];

export interface ActionableLag {
  /** Records that could be sent now if the partner bore any number: not held, not paused, one of each rule. */
  readonly sendable: number;
  /** Of these, what one more worker could send: where the partner's limit is met, what that leaves within half a minute. */
  readonly actionable: number;
}

export function actionableLag(
  byState: Readonly<Record<CellState, number>>,
  { waiting, limitPerSecond, perSecond }: Pick<PartnerStatus, 'waiting' | 'limitPerSecond' | 'perSecond'>,
): ActionableLag {
  // A rule is sent one version at a time: more records of it wait for their own turn.
  const rules = SENDABLE.reduce((sum, state) => sum + byState[state], 0);
  const records = ACTIONABLE.reduce((sum, cause) => sum + waiting[cause], 0);
  const sendable = Math.min(rules, records);
  const left = limitPerSecond === null ? Number.POSITIVE_INFINITY : Math.max(0, limitPerSecond - perSecond) * WITHIN_S;
  return { sendable, actionable: Math.min(sendable, left) };
}
