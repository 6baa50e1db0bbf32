// How far a replay is: what ess.control says of it, and where the partner's positions are.

import type { CommandState } from '@ess/domain/control/control-state.ts';
import { isFinal } from '@ess/domain/control/progress.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';

export interface ReplayProgress {
  readonly partition: number;
  /** waiting: for its worker. moved: the replay runs. */
  readonly state: string;
  readonly before: number | null;
  readonly target: number | null;
  readonly until: number | null;
  readonly position: number | null;
  /** Deliveries on record: when it is through, or at the last commit. */
  readonly records: number;
  readonly worker: string | null;
  /** The worker would not do it, by `detail`: a second person has not approved it. */
  readonly refused: boolean;
  readonly detail: string | null;
}

export interface ReplaySummary {
  readonly id: string;
  readonly partner: string;
  readonly status: string;
  readonly by: string;
  /** The second person, where one had to approve it. */
  readonly approvedBy: string | null;
  readonly reason: string | null;
  readonly at: string;
  /** 0 to 1. */
  readonly done: number;
  readonly records: number;
  readonly refusedFor: string | null;
  readonly partitions: readonly ReplayProgress[];
}

/** @param view the partner's group now; absent: only what ess.control says */
export function summaryOf(state: CommandState, view?: GroupView): ReplaySummary {
  const { command, status, progress, refusedFor, stop, approval } = state;
  const partitions = (command.replay?.partitions ?? []).map(({ partition, target }): ReplayProgress => {
    const known = progress.get(partition);
    const seen = view?.partitions[partition];
    const window = seen?.metadata?.replay?.id === command.id ? seen.metadata.replay : undefined;
    return {
      partition,
      state: known?.state ?? (window ? 'moved' : status === 'running' ? 'waiting' : status),
      before: known?.before ?? window?.resume ?? null,
      target: known?.target ?? window?.target ?? target,
      until: known?.until ?? window?.until ?? null,
      position: seen?.position ?? null,
      records: isFinal(known) ? (known?.records ?? 0) : (window?.delivered ?? 0),
      worker: known?.by ?? null,
      refused: known?.refused ?? false,
      detail: known?.detail ?? null,
    };
  });
  return {
    id: command.id,
    partner: command.partner,
    by: command.by,
    approvedBy: approval?.by ?? null,
    reason: command.reason,
    status: status === 'running' && stop ? `${status}, ${stop.kind} asked for by ${stop.by}` : status,
    at: timeText(command.at),
    done: doneOf(partitions, status),
    records: partitions.reduce((sum, { records }) => sum + records, 0),
    refusedFor: refusedFor ?? null,
    partitions,
  };
}

/** How much of the way the positions have gone. */
function doneOf(partitions: readonly ReplayProgress[], status: string): number {
  if (status !== 'running') return 1;
  let [way, gone] = [0, 0];
  for (const { state, target, until, position } of partitions) {
    const length = Math.max(1, (until ?? 0) - (target ?? 0));
    way += length;
    if (!['waiting', 'moved', 'running'].includes(state)) gone += length;
    else if (state !== 'waiting') gone += Math.min(length, Math.max(0, (position ?? 0) - (target ?? 0)));
  }
  return way === 0 ? 1 : Math.floor((gone / way) * 1000) / 1000;
}
