// Ends a replay that runs: cancelled it stays where it is, undone every position returns to where it was before.

import { randomBytes } from 'node:crypto';
import type { CommandState, ControlState } from '@ess/domain/control/control-state.ts';
import { makeCommand, partitionsOf } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { Admin, Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { ControlDesk } from '../desk.ts';
import { refuseSecondStop } from '../stops.ts';
import type { OfflineMove } from './offline-move.ts';
import { undoOffline } from './offline-move.ts';

export interface StopAsk {
  readonly kind: 'cancel' | 'undo';
  /** Of the replay. */
  readonly id: string;
  readonly by: string;
  readonly reason: string | null;
}

/** @throws EssError ESS_USAGE with the nearest id */
export function theReplay(state: ControlState, id: string): CommandState {
  const found = state.find(id);
  if (found?.command.kind === 'replay') return found;
  const ids = state.list('replay').map(({ command }) => command.id);
  throw new EssError(
    'ESS_USAGE',
    `there is no replay "${id}": ${ids.length === 0 ? 'none was given' : didYouMean(id, ids)}`,
  );
}

/**
 * @returns how many partitions had begun and wait for a worker, as none runs
 * @throws EssError ESS_USAGE for an unknown replay, ESS_CONFLICT for one that does not run
 */
export async function giveStop(
  desk: ControlDesk,
  { kafka, admin, log }: { readonly kafka: Kafka; readonly admin: Admin; readonly log: StreamLog },
  { kind, id, by, reason }: StopAsk,
): Promise<{ readonly begun: number }> {
  const found = theReplay(desk.state, id);
  const { partner, replay } = found.command;
  if (found.status !== 'running')
    throw new EssError(
      'ESS_CONFLICT',
      `replay ${id} of ${partner} is ${found.status}: its positions are where they would be without it, there is nothing to ${kind}`,
    );
  refuseSecondStop(found);
  const stopId = randomBytes(4).toString('hex');
  await desk.give([makeCommand({ id: stopId, partner, kind, by, of: id, reason })]);
  refuseSecondStop(desk.state.find(id), stopId);
  const topic = replay?.topic ?? '';
  const groupId = `ess.${partner}`;
  const { members, partitions } = await viewGroup(admin, groupId, topic);
  if (members.length > 0) return { begun: 0 };
  const begun = await stopByOurselves(desk, { kafka, groupId, topic, log }, found, kind, by, partitions.length);
  return { begun };
}

/** With no worker: what was moved and not begun goes back at once. The rest waits for a worker, who may have to send. */
async function stopByOurselves(
  desk: ControlDesk,
  where: Parameters<typeof undoOffline>[0],
  { command, progress }: CommandState,
  kind: StopAsk['kind'],
  by: string,
  partitionCount: number,
): Promise<number> {
  const state = kind === 'undo' ? 'undone' : 'cancelled';
  // What no worker can ever own ends here, too.
  const absent = partitionsOf(command).filter((partition) => partition >= partitionCount);
  const back: OfflineMove[] = [
    ...(await undoOffline(where, command.id)),
    ...absent.map((partition) => ({ partition, window: undefined })),
  ];
  await desk.give(
    back.map(({ partition, window }) =>
      makeCommand({
        id: command.id,
        partner: command.partner,
        kind: 'progress',
        by,
        progress: {
          partition,
          state,
          before: window?.resume ?? null,
          target: window?.target ?? null,
          until: window?.until ?? null,
          records: 0,
          failed: 0,
          passed: 0,
          detail: null,
          refused: false,
        },
      }),
    ),
  );
  return [...progress.values()].filter(({ partition }) => !back.some((one) => one.partition === partition)).length;
}
