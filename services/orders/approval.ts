// Orders that wait for a second person: proposed by one, approved by another, or taken back. What is proposed is frozen: its ranges
// have an end, its letters are named. Whether a second person is needed says `approvalNeeded` of domain/control/approval.ts, by the
// settings of whoever asks; workers decide by theirs.

import { randomBytes } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { approvedRecords, isSamePerson, proposalDigest } from '@ess/domain/control/approval.ts';
import type { CommandState, ControlState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import type { Command, OrderKind, Proposal } from '@ess/schemas/generated/types.ts';

/** Of a digest that a person writes down. */
const DIGEST_CHARS_MIN = 12;

/** A proposal, and what it is. */
export interface Proposed extends CommandState {
  readonly proposal: Proposal;
}

/**
 * The same order, for somebody else to approve; under its id it runs.
 * @param command a replay whose ranges all have an end, a redrive or a drop
 * @param records as the two-person rule counts them (`PreparedReplay.size`, `letterCount`)
 * @param expiresAtMs ms since 1970, within a week
 * @param connector the connectorDigest that it would be sent by; absent: not known, or nothing is sent
 */
export function propose(
  command: Command,
  {
    records,
    expiresAtMs,
    connector,
  }: { readonly records: number; readonly expiresAtMs: number; readonly connector?: string | undefined },
): Command {
  const expiresAt = Math.round(expiresAtMs);
  const kind = command.kind as OrderKind;
  const order = { kind, expiresAt, records, connector: kind === 'drop' ? null : (connector ?? null) };
  return { ...command, kind: 'proposed', proposal: { ...order, digest: proposalDigest(command, order) } };
}

/**
 * The command that lets it run.
 * @param digest of what was looked at, or at least twelve characters of it; absent: as it is on record
 * @throws EssError ESS_USAGE for an unknown one, or another digest; ESS_CONFLICT for one that cannot be approved, or not by them
 */
export function approve(
  state: ControlState,
  id: string,
  by: string,
  digest?: string,
  reason: string | null = null,
  nowMs = Date.now(),
): Command {
  const { command, proposal } = lookAt(state, id, digest, nowMs);
  const { partner } = command;
  if (isSamePerson(by, command.by))
    throw new EssError('ESS_CONFLICT', `${id} was proposed by ${command.by}: somebody else has to approve it`);
  const running = state.active(partner, proposal.kind);
  if (running)
    throw new EssError(
      'ESS_CONFLICT',
      `${running.command.kind} ${running.command.id} of ${partner} runs since ${timeText(running.command.at)}: approve ${id} when it is through`,
    );
  return makeCommand({ id: freshId('approval'), partner, kind: 'approved', by, of: id, reason, proposal }, nowMs);
}

/** A proposal that waits, for whoever looks at it: also for who has made it. @throws EssError as `approve` for one that does not wait, or another digest */
export function lookAt(state: ControlState, id: string, digest?: string, nowMs = Date.now()): Proposed {
  const found = waitingProposal(state, id, nowMs);
  const { proposal } = found;
  if (digest !== undefined && (digest.length < DIGEST_CHARS_MIN || !proposal.digest.startsWith(digest.toLowerCase())))
    throw new EssError('ESS_USAGE', `${id} has the digest ${proposal.digest}, not ${digest}: look at it again`);
  return found;
}

/**
 * Looks whether an approval that is on record lets its proposal run.
 * @throws EssError ESS_CONFLICT with what came before it
 */
export function approvedBy(state: ControlState, approval: Command): CommandState {
  const id = approval.of ?? '';
  const found = state.find(id);
  if (found?.approval?.id === approval.id) return found;
  approve(state, id, approval.by, undefined, null, approval.at);
  throw new EssError('ESS_CONFLICT', `${id} still waits: too many orders run; approve it when some are through`);
}

/** How a proposal would be carried out now. */
export interface Today {
  /** Undefined: the partner has none any more. */
  readonly connector: Pick<Connector, 'source' | 'deliver' | 'connectorDigest'> | undefined;
  /** Of a replay, as counted now (`measureOrder`); absent: it was not counted. */
  readonly size?: number;
}

/**
 * Why a proposal is not what it was, whatever it says of itself: a set is frozen with what is sent of it, and what a second person
 * has not seen is proposed anew. From the approval on workers send by the connector that is in force, as they do with every record.
 * @returns undefined: it is
 */
export function changedSince({ command, proposal }: Proposed, { connector, size = 0 }: Today): string | undefined {
  const { partner, replay, redrive } = command;
  if (!connector?.deliver) return `is for ${partner}, which has no valid connector with "deliver" now`;
  const { topic } = connector.source;
  const of = proposal.kind === 'drop' ? topic : replay?.topic || redrive?.topic || topic;
  if (of !== topic) return `is of ${of}, and ${partner} reads ${topic} by now`;
  const { connectorDigest } = connector;
  if (proposal.connector !== null && proposal.connector !== connectorDigest)
    return `was proposed when ${partner} had the connector ${shortDigest(proposal.connector)}, and ${shortDigest(connectorDigest)} is in force`;
  return size > approvedRecords(command) ? `says ${proposal.records} records, and would send ${size}` : undefined;
}

/** One judgement of command line and console. @throws EssError ESS_CONFLICT when it is not what was proposed */
export function refuseChanged(found: Proposed, today: Today): void {
  const why = changedSince(found, today);
  if (why !== undefined) throw new EssError('ESS_CONFLICT', `${found.command.id} ${why}: propose it anew`);
}

/** Enough to tell one from another. */
const shortDigest = (digest: string): string => digest.slice(0, DIGEST_CHARS_MIN);

/**
 * The command that ends it.
 * @throws EssError ESS_USAGE for an unknown one; ESS_CONFLICT for one that does not wait, or is somebody else's
 */
export function withdraw(state: ControlState, id: string, by: string, reason: string | null = null): Command {
  const { command } = theProposal(state, id);
  const { partner } = waitingProposal(state, id).command;
  if (by !== command.by)
    throw new EssError('ESS_CONFLICT', `${id} is a proposal of ${command.by}, who alone withdraws it`);
  return makeCommand({ id: freshId('withdrawal'), partner, kind: 'expired', by, of: id, reason });
}

/** @throws EssError ESS_USAGE with the nearest id */
export function theProposal(state: ControlState, id: string): Proposed {
  const found = state.find(id);
  const proposal = found?.command.proposal;
  if (found && proposal) return { ...found, proposal };
  const ids = state.proposals().map(({ command }) => command.id);
  const remedy = ids.length === 0 ? 'none was made' : didYouMean(id, ids);
  throw new EssError('ESS_USAGE', `there is no proposal "${id}": ${remedy}`);
}

/** @returns how it stands: what nobody has put on record yet may have expired all the same */
export function standing({ status, command }: CommandState, nowMs = Date.now()): CommandState['status'] {
  return status === 'proposed' && (command.proposal?.expiresAt ?? 0) <= nowMs ? 'expired' : status;
}

function waitingProposal(state: ControlState, id: string, nowMs = Date.now()): Proposed {
  const found = theProposal(state, id);
  const { approval, expiry, proposal } = found;
  if (standing(found, nowMs) === 'proposed') return found;
  if (approval) throw new EssError('ESS_CONFLICT', `${id} was approved by ${approval.by} at ${timeText(approval.at)}`);
  const isWithdrawn = expiry !== undefined && expiry.by === found.command.by;
  const how = isWithdrawn
    ? `was withdrawn at ${timeText(expiry.at)}`
    : `has expired at ${timeText(proposal.expiresAt)}${expiry ? ` (${expiry.by} at ${timeText(expiry.at)})` : ''}`;
  throw new EssError('ESS_CONFLICT', `${id} ${how}: propose it anew`);
}

const freshId = (what: string): string => `${what}-${randomBytes(5).toString('hex')}`;
