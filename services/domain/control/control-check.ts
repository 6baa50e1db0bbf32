// What a record of ess.control must be like to be obeyed. Whoever may write to the topic can write anything, so each field is
// looked at before anybody acts on it, by the same rules for workers and the command line: what one leaves aside, all do. Only
// the record itself counts here; what depends on the cluster (how many partitions, where the log ends) is looked at by whoever
// carries the command out, and put on record.

import type {
  Command,
  PartitionProgress,
  Proposal,
  RedriveLetters,
  RedriveOrder,
  ReplayOrder,
  ReplayPartition,
} from '@ess/schemas/generated/types.ts';
import { CALENDAR_MS } from '../text/moment.ts';
import type { Fields } from '../text/unknown-fields.ts';
import {
  exact,
  fields,
  flag,
  list,
  matching,
  optional,
  shortened,
  text,
  unique,
  Wrong,
  whole,
} from '../text/unknown-fields.ts';
import { letterCount, PROPOSAL_MAX_MS, proposalDigest } from './approval.ts';
import { controlKey } from './control-state.ts';

/** Why a record is left aside: the field, and what is wrong with it. */
export interface Fault {
  readonly field: string;
  readonly why: string;
}

export type Checked = { readonly command: Command } | { readonly fault: Fault };

const ID = /^[A-Za-z0-9._:-]{1,128}$/;
/** As folders of connectors are called. */
const PARTNER = /^[a-z0-9]([a-z0-9-]{0,253}[a-z0-9])?$/;
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;
/** More than topics have; each costs a row of progress. */
const PARTITIONS_MAX = 10_000;
const INT32_MAX = 2 ** 31 - 1;
/** A key travels in the commit metadata, of which Kafka takes 4,096 bytes. */
const KEY_MAX_CHARS = 256;
const BY_MAX_CHARS = 256;
const REASON_MAX_CHARS = 1_000;

const KINDS: ReadonlySet<unknown> = new Set<Command['kind']>([
  ...(['replay', 'pause', 'resume', 'redrive', 'drop', 'cancel', 'undo', 'progress'] as const),
  ...(['proposed', 'approved', 'expired'] as const),
]);
/** Kinds that are about another command. */
const ABOUT_ANOTHER: ReadonlySet<unknown> = new Set<Command['kind']>(['cancel', 'undo', 'approved', 'expired']);
const DIGEST = /^[0-9a-f]{64}$/;
const STATES: ReadonlySet<unknown> = new Set<PartitionProgress['state']>([
  ...(['moved', 'running', 'completed', 'unchanged', 'cancelled', 'undone'] as const),
]);

/**
 * @param key of the record
 * @param value as decoded; its types are those of whoever wrote the schema
 * @returns the command, its texts cut and made printable; or what is wrong with it
 */
export function checkCommand(key: string | null, value: unknown): Checked {
  try {
    const command = commandOf(fields('', value));
    if (key !== controlKey(command)) throw new Wrong('key', 'is not the one of this command');
    return { command };
  } catch (error) {
    if (error instanceof Wrong) return { fault: { field: error.field, why: error.why } };
    throw error;
  }
}

function commandOf(given: Fields): Command {
  const { kind } = given;
  if (!KINDS.has(kind)) throw new Wrong('kind', `"${shortened(kind)}" is not known to this version`);
  const command: Command = {
    id: matching('id', given['id'], ID),
    partner: matching('partner', given['partner'], PARTNER),
    kind: kind as Command['kind'],
    at: whole('at', given['at'], 0, CALENDAR_MS),
    by: text('by', given['by'], BY_MAX_CHARS),
    reason: optional(given['reason'], (reason) => text('reason', reason, REASON_MAX_CHARS)),
    of: null,
    replay: null,
    redrive: null,
    progress: null,
    proposal: null,
  };
  if (ABOUT_ANOTHER.has(kind)) command.of = matching('of', given['of'], ID);
  // Compaction would take the other one away.
  if (command.of === command.id) throw new Wrong('of', 'is the id of this command itself');
  if (kind === 'proposed' || kind === 'approved') command.proposal = proposalOf(fields('proposal', given['proposal']));
  const order = kind === 'proposed' ? command.proposal?.kind : kind;
  if (order === 'replay') command.replay = replayOf(fields('replay', given['replay']));
  if (order === 'redrive' || order === 'drop') command.redrive = redriveOf(fields('redrive', given['redrive']));
  if (kind === 'proposed') checkProposal(command);
  if (kind === 'progress') command.progress = progressOf(fields('progress', given['progress']));
  return command;
}

function proposalOf(given: Fields): Proposal {
  const { kind } = given;
  if (kind !== 'replay' && kind !== 'redrive' && kind !== 'drop')
    throw new Wrong('proposal.kind', `"${shortened(kind)}" cannot be proposed`);
  return {
    kind,
    digest: matching('proposal.digest', given['digest'], DIGEST),
    expiresAt: whole('proposal.expiresAt', given['expiresAt'], 0, CALENDAR_MS),
    records: whole('proposal.records', given['records']),
    connector: optional(given['connector'], (digest) => matching('proposal.connector', digest, DIGEST)),
  };
}

/** What is approved must be what will run, and nothing in it may still change. */
function checkProposal({ at, partner, replay, redrive, proposal }: Command): void {
  if (proposal === null) return;
  const { expiresAt, digest, records } = proposal;
  if (expiresAt <= at || expiresAt > at + PROPOSAL_MAX_MS)
    throw new Wrong('proposal.expiresAt', `is not within ${PROPOSAL_MAX_MS / 86_400_000} days of the proposal`);
  const open = replay?.current ? -1 : (replay?.partitions.findIndex(({ until }) => until === null) ?? -1);
  if (open >= 0) throw new Wrong(`replay.partitions.${open}.until`, 'is open: a proposal says where it ends');
  if (digest !== proposalDigest({ partner, replay, redrive }, proposal))
    throw new Wrong('proposal.digest', 'is not the one of what is proposed');
  const named = letterCount({ redrive });
  if (redrive && records !== named) throw new Wrong('proposal.records', `says ${records}: ${named} letters are named`);
  const most = replay?.partitions.reduce((sum, { target, until }) => sum + (until ?? target) - target, 0) ?? 0;
  if (replay && !replay.current && records > most)
    throw new Wrong('proposal.records', `says ${records}: its ranges hold no more than ${most}`);
}

function replayOf(given: Fields): ReplayOrder {
  const partitions = list('replay.partitions', given['partitions'], PARTITIONS_MAX, (one, field): ReplayPartition => {
    const { partition, target, until } = fields(field, one);
    const first = whole(`${field}.target`, target);
    return {
      partition: whole(`${field}.partition`, partition, 0, PARTITIONS_MAX),
      target: first,
      until: optional(until, (last) => whole(`${field}.until`, last, first)),
    };
  });
  unique(
    'replay.partitions',
    partitions.map(({ partition }) => partition),
  );
  return {
    topic: matching('replay.topic', given['topic'], TOPIC),
    partitions,
    key: optional(given['key'], (key) => exact('replay.key', key, KEY_MAX_CHARS)),
    newIds: flag('replay.newIds', given['newIds']),
    ratePerSecond: optional(given['ratePerSecond'], rateOf),
    current: flag('replay.current', given['current']),
  };
}

function redriveOf(given: Fields): RedriveOrder {
  const letters = list('redrive.letters', given['letters'], PARTITIONS_MAX, (one, field): RedriveLetters => {
    const { partition, offsets, times } = fields(field, one);
    let before = -1;
    const ascending = list(`${field}.offsets`, offsets, INT32_MAX, (offset, at) => {
      before = whole(at, offset, before + 1);
      return before;
    });
    const counts = list(`${field}.times`, times, INT32_MAX, (count, at) => whole(at, count, 0, INT32_MAX));
    if (counts.length !== ascending.length) throw new Wrong(`${field}.times`, 'are not as many as the offsets');
    return { partition: whole(`${field}.partition`, partition, 0, PARTITIONS_MAX), offsets: ascending, times: counts };
  });
  unique(
    'redrive.letters',
    letters.map(({ partition }) => partition),
  );
  const partitions = list('redrive.partitions', given['partitions'], PARTITIONS_MAX, (one, field) =>
    whole(field, one, 0, PARTITIONS_MAX),
  );
  unique('redrive.partitions', partitions);
  return {
    // What the letters were selected by is only shown.
    reason: optional(given['reason'], (reason) => text('redrive.reason', reason, REASON_MAX_CHARS)),
    ruleId: optional(given['ruleId'], (ruleId) => text('redrive.ruleId', ruleId, REASON_MAX_CHARS)),
    sinceMs: optional(given['sinceMs'], (ms) => whole('redrive.sinceMs', ms, -CALENDAR_MS, CALENDAR_MS)),
    untilMs: optional(given['untilMs'], (ms) => whole('redrive.untilMs', ms, -CALENDAR_MS, CALENDAR_MS)),
    limit: optional(given['limit'], (limit) => whole('redrive.limit', limit, 0, INT32_MAX)),
    force: flag('redrive.force', given['force']),
    partitions,
    topic: given['topic'] === '' ? '' : matching('redrive.topic', given['topic'], TOPIC),
    letters,
  };
}

function rateOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw new Wrong('replay.ratePerSecond', `${shortened(value)} is not above 0`);
  return value;
}

function progressOf(given: Fields): PartitionProgress {
  const { state } = given;
  if (!STATES.has(state)) throw new Wrong('progress.state', `"${shortened(state)}" is not known to this version`);
  const offset = (field: 'before' | 'target' | 'until') =>
    optional(given[field], (value) => whole(`progress.${field}`, value));
  return {
    partition: whole('progress.partition', given['partition'], 0, PARTITIONS_MAX),
    state: state as PartitionProgress['state'],
    before: offset('before'),
    target: offset('target'),
    until: offset('until'),
    records: whole('progress.records', given['records']),
    failed: whole('progress.failed', given['failed']),
    passed: whole('progress.passed', given['passed']),
    detail: optional(given['detail'], (detail) => text('progress.detail', detail, REASON_MAX_CHARS)),
    refused: flag('progress.refused', given['refused'] ?? false),
  };
}
