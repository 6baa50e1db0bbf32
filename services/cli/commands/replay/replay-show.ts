// Replays as people see them: the preview before, and how far it is afterwards.

import type { CommandState } from '@ess/domain/control/control-state.ts';
import { isFinal } from '@ess/domain/control/control-state.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';
import { duration, table } from '../../terminal/table.ts';
import type { ReplayPreview } from './replay-preview.ts';

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
  readonly detail: string | null;
}

export interface ReplaySummary {
  readonly id: string;
  readonly partner: string;
  readonly status: string;
  readonly by: string;
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
  const { command, status, progress, refusedFor, stop } = state;
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
      detail: known?.detail ?? null,
    };
  });
  return {
    id: command.id,
    partner: command.partner,
    by: command.by,
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

export function previewLines(preview: ReplayPreview): string[] {
  const rows = preview.partitions.map((one) => [
    String(one.partition),
    String(one.before),
    one.after === one.before ? 'stays' : String(one.after),
    String(one.until),
    String(one.records),
    String(one.inScope),
    String(one.superseded),
    bytes(one.bytes),
    one.cutTo === null ? '' : `cut by retention: from ${one.cutTo}`,
  ]);
  const head = ['partition', 'before', 'after', 'until', 'records', 'in scope', 'superseded', 'bytes', ''];
  const { records, inScope, superseded, perSecond, etaSeconds } = preview;
  return [
    ...table([head, ...rows]),
    `${records} records, ${inScope} in scope, ${superseded} of them superseded since, ${bytes(preview.bytes)}`,
    etaSeconds === null || perSecond === null
      ? 'no worker has measured yet how long that takes'
      : `about ${duration(etaSeconds * 1000)} at ${Math.round(perSecond)}/s`,
  ];
}

export function summaryLines(summary: ReplaySummary): string[] {
  const { id, partner, status, by, reason, at, done, records, refusedFor, partitions } = summary;
  const rows = partitions.map((one) => [
    String(one.partition),
    one.state,
    ...[one.before, one.target, one.until, one.position].map((offset) => (offset === null ? '–' : String(offset))),
    String(one.records),
    one.detail ?? '',
  ]);
  return [
    `${id}  ${partner}  ${status}${refusedFor === null ? '' : ` for ${refusedFor}`}  ${Math.floor(done * 100)} %  ${records} records`,
    `ordered by ${by} at ${at}${reason === null ? '' : `: ${reason}`}`,
    ...table([['partition', 'state', 'before', 'target', 'until', 'position', 'records', ''], ...rows]),
  ];
}

export function listLine({ id, partner, status, by, reason, at, records, done }: ReplaySummary): string {
  const percent = status.startsWith('running') ? `  ${Math.floor(done * 100)} %` : '';
  return `${id}  ${partner}  ${status}${percent}  ${records} records  ${at}  ${by}${reason === null ? '' : `  ${reason}`}`;
}

function bytes(count: number): string {
  if (count < 10_000) return `${count} B`;
  return count < 10_000_000 ? `${Math.round(count / 1000)} kB` : `${Math.round(count / 1_000_000)} MB`;
}
