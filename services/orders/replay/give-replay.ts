// Gives a replay: one at a time of each partner. With no worker running the positions are moved from here.

import { orderedBy } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { approvedBy } from '../approval.ts';
import type { ControlDesk } from '../desk.ts';
import { moveOffline } from './offline-move.ts';
import type { PreparedReplay } from './prepare-replay.ts';

/** @throws EssError ESS_CONFLICT when another replay of the partner runs */
export function refuseSecondReplay(running: CommandState | undefined): void {
  if (!running) return;
  const { id, partner, at, by } = running.command;
  throw new EssError(
    'ESS_CONFLICT',
    `replay ${id} of ${partner} runs since ${timeText(at)}, ordered by ${by}: wait for it ("ess replay show ${id}"), or end it with "ess replay cancel ${id}"`,
  );
}

/**
 * Puts the command on record.
 * @param command the replay, or the approval of a proposed one
 * @returns whether the positions were moved from here, as no worker of the partner runs
 * @throws EssError ESS_CONFLICT when another one was given first, or somebody else was faster with the proposal
 */
export async function giveReplay(
  desk: ControlDesk,
  { kafka, log }: { readonly kafka: Kafka; readonly log: StreamLog },
  { view }: Pick<PreparedReplay, 'view'>,
  command: Command,
): Promise<boolean> {
  const { partner } = command;
  await desk.give([command]);
  const given = command.kind === 'approved' ? approvedBy(desk.state, command) : desk.state.find(command.id);
  refuseSecondReplay(given?.refusedFor === undefined ? undefined : desk.state.find(given.refusedFor));
  if (!given)
    throw new EssError('ESS_CONFLICT', `${command.id} was not taken: too many orders run; give it again later`);
  if (view.members.length > 0) return false;
  const topic = given.command.replay?.topic ?? '';
  return moveByOurselves(given, { kafka, groupId: `ess.${partner}`, topic, log }, desk);
}

async function moveByOurselves(
  { command, approval }: CommandState,
  where: Parameters<typeof moveOffline>[0],
  desk: ControlDesk,
): Promise<boolean> {
  const moves = await moveOffline(where, command);
  if (moves.length === 0) return false;
  const encode = await desk.codec.encoder('ess.audit-value', readSchema('ess.audit') as object);
  const { id, partner, by, reason } = command;
  const progress: Command[] = [];
  const rows: OutboxRecord[] = [];
  for (const { partition, window } of moves) {
    const { target = null, until = null, resume: before = null } = window ?? {};
    progress.push(
      makeCommand({
        id,
        partner,
        kind: 'progress',
        by,
        progress: {
          partition,
          state: window ? 'moved' : 'unchanged',
          before,
          target,
          until,
          records: 0,
          failed: 0,
          passed: 0,
          detail: null,
          refused: false,
        },
      }),
    );
    if (!window) continue;
    const row = emptyAttempt({ partner, topic: where.topic, partition, offset: window.target, worker: by });
    const why = `replay ordered by ${orderedBy(command, approval)}${reason === null ? '' : ` (${reason})`}`;
    const value = encode({ ...row, outcome: 'moved', reason: why, replayId: id, lastOffset: window.resume });
    rows.push({ topic: 'ess.audit', key: `${partner}/`, value });
  }
  await desk.give(progress, rows);
  return true;
}
