// Replays as people see them: the preview before, and how far it is afterwards.

import { refusedInPart } from '@ess/orders/in-part.ts';
import type { ReplayPreview } from '@ess/orders/replay/replay-preview.ts';
import type { ReplaySummary } from '@ess/orders/replay/replay-summary.ts';
import { duration, table } from '../../terminal/table.ts';

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
  const { id, partner, status, by, approvedBy, reason, at, done, records, refusedFor, partitions } = summary;
  const approved = approvedBy === null ? '' : `, approved by ${approvedBy}`;
  const rows = partitions.map((one) => [
    String(one.partition),
    one.refused ? 'refused' : one.state,
    ...[one.before, one.target, one.until, one.position].map((offset) => (offset === null ? '–' : String(offset))),
    String(one.records),
    one.detail ?? '',
  ]);
  return [
    `${id}  ${partner}  ${status}${refusedFor === null ? '' : ` for ${refusedFor}`}  ${Math.floor(done * 100)} %  ${records} records`,
    `ordered by ${by} at ${at}${approved}${reason === null ? '' : `: ${reason}`}`,
    ...table([['partition', 'state', 'before', 'target', 'until', 'position', 'records', ''], ...rows]),
  ];
}

export function listLine({ id, partner, status, by, reason, at, records, done, partitions }: ReplaySummary): string {
  const percent = status.startsWith('running') ? `  ${Math.floor(done * 100)} %` : '';
  const inPart = refusedInPart(partitions);
  return `${id}  ${partner}  ${status}${percent}${inPart === undefined ? '' : `  ${inPart}`}  ${records} records  ${at}  ${by}${reason === null ? '' : `  ${reason}`}`;
}

function bytes(count: number): string {
  if (count < 10_000) return `${count} B`;
  return count < 10_000_000 ? `${Math.round(count / 1000)} kB` : `${Math.round(count / 1_000_000)} MB`;
}
