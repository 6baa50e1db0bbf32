// Gives and ends redrives and drops: one at a time of each partner; and what has become of one, by what its workers say.

import { randomBytes } from 'node:crypto';
import { letterCount } from '@ess/domain/control/approval.ts';
import type { CommandState, ControlState } from '@ess/domain/control/control-state.ts';
import { makeCommand, partitionsOf } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { ControlDesk } from '../desk.ts';
import { refuseSecondStop } from '../stops.ts';

export interface RedriveResult {
  readonly id: string;
  readonly partner: string;
  readonly status: CommandState['status'];
  readonly selected: number;
  readonly redriven: number;
  readonly dropped: number;
  /** Refused again: parked once more. */
  readonly failed: number;
  /** Superseded, or out of scope by now. */
  readonly passed: number;
  /** Why partitions stopped before their end. */
  readonly stopped: readonly string[];
  /** What each worker says of the partitions that it has. */
  readonly partitions: readonly RedriveProgress[];
}

export interface RedriveProgress {
  readonly partition: number;
  readonly state: string;
  readonly records: number;
  readonly failed: number;
  readonly passed: number;
  readonly worker: string | null;
  /** The worker would not do it, by `detail`: a second person has not approved it. */
  readonly refused: boolean;
  readonly detail: string | null;
}

/** Puts the commands on record. @throws EssError ESS_CONFLICT when another redrive or drop of a partner runs */
export async function giveRedrives(desk: ControlDesk, commands: readonly Command[]): Promise<void> {
  for (const { partner } of commands) {
    const running = desk.state.active(partner, 'redrive');
    if (running)
      throw new EssError(
        'ESS_CONFLICT',
        `a ${running.command.kind} of ${partner} runs since ${timeText(running.command.at)}: wait for it, or end it with "ess dead-letters cancel ${running.command.id}"`,
      );
  }
  await desk.give(commands);
  // Another may have been given between the look and the word.
  for (const { id, of, kind, partner } of commands) {
    const given = desk.state.find(kind === 'approved' ? (of ?? '') : id);
    if (given?.refusedFor !== undefined)
      throw new EssError('ESS_CONFLICT', `${given.refusedFor} of ${partner} was given first: wait for it`);
    if (kind === 'approved' && given?.approval?.id !== id)
      throw new EssError('ESS_CONFLICT', `${of} is ${given?.status}: somebody was faster`);
  }
}

/**
 * Ends a redrive or drop: what it has not come to yet stays parked.
 * @returns the partner
 * @throws EssError ESS_USAGE for an unknown one, ESS_CONFLICT for one that does not run
 */
export async function cancelRedrive(desk: ControlDesk, id: string, by: string): Promise<string> {
  const found = desk.state.find(id);
  if (found?.command.kind !== 'redrive' && found?.command.kind !== 'drop') {
    const ids = [...desk.state.list('redrive'), ...desk.state.list('drop')].map(({ command }) => command.id);
    throw new EssError(
      'ESS_USAGE',
      `there is no redrive "${id}": ${ids.length === 0 ? 'none was ever given' : didYouMean(id, ids)}`,
    );
  }
  if (found.status !== 'running') throw new EssError('ESS_CONFLICT', `${id} does not run: it is ${found.status}`);
  refuseSecondStop(found);
  const { partner } = found.command;
  const cancelId = `cancel-${randomBytes(5).toString('hex')}`;
  await desk.give([makeCommand({ id: cancelId, partner, kind: 'cancel', by, of: id })]);
  refuseSecondStop(desk.state.find(id), cancelId);
  return partner;
}

export function redriveResult(command: Command, state: ControlState): RedriveResult {
  const found = state.find(command.id);
  // When it is not there, too many run.
  const status = found?.status ?? 'refused';
  const said = [...(found?.progress.values() ?? [])];
  const sum = (name: 'records' | 'failed' | 'passed') => said.reduce((total, one) => total + one[name], 0);
  return {
    id: command.id,
    partner: command.partner,
    status,
    selected: letterCount(command),
    redriven: sum('records'),
    dropped: command.kind === 'drop' ? sum('passed') : 0,
    failed: sum('failed'),
    passed: command.kind === 'drop' ? 0 : sum('passed'),
    stopped: [...new Set(said.flatMap(({ detail }) => detail ?? []))],
    partitions: partitionsOf(command).map((partition): RedriveProgress => {
      const {
        state = status === 'running' ? 'waiting' : status,
        records = 0,
        failed = 0,
        passed = 0,
        by = null,
        refused = false,
        detail = null,
      } = found?.progress.get(partition) ?? {};
      return { partition, state, records, failed, passed, worker: by, refused, detail };
    }),
  };
}
