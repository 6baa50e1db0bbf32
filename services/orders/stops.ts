// What ends an order is one command: whoever comes second is told, and not that it was done.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';

/**
 * @param found the order, as it is on record
 * @param own id of the cancel or undo that was given for it; absent: none was given yet
 * @throws EssError ESS_CONFLICT when another one ends it, or it was over before
 */
export function refuseSecondStop(found: CommandState | undefined, own?: string): void {
  const { command, stop, status } = found ?? {};
  if (stop?.id === own) return;
  const why = stop ? `${stop.kind} of ${stop.by} ends it since ${timeText(stop.at)}` : `it is ${status} already`;
  throw new EssError('ESS_CONFLICT', `nothing was done with ${command?.id}: ${why}`);
}
