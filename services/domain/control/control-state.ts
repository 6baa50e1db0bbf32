// What the commands of ess.control amount to: which partner is paused, which replay, redrive or drop runs and how far it is.
// The topic has one partition, so everybody who reads it comes to the same answer: also to which of two commands that
// were given at the same time was the second one, and is refused; and to which approval lets a proposal run.
//
//   replay, redrive, drop -> running -> completed, cancelled, undone; or refused
//   proposed -> (approved by another, in time) -> running ...
//            -> (expired) -> expired
// An approval or an end may stand before its proposal: early-words.ts.

import type { Command, OrderKind } from '@ess/schemas/generated/types.ts';
import { isSamePerson, letterCount } from './approval.ts';
import { EarlyWords } from './early-words.ts';
import type { Progress } from './progress.ts';
import { EarlyProgress, isFinal } from './progress.ts';

export type CommandStatus = 'proposed' | 'expired' | 'running' | 'refused' | 'completed' | 'cancelled' | 'undone';

export interface CommandState {
  /** A proposal has its order's kind once it is approved. */
  readonly command: Command;
  readonly status: CommandStatus;
  /** The cancel or undo that was given for it. */
  readonly stop: Command | undefined;
  /** The command that ran when this one was given; set when refused. */
  readonly refusedFor: string | undefined;
  /** Of a proposal: the approval that lets it run. */
  readonly approval: Command | undefined;
  /** Of a proposal: what ended it before it ran. */
  readonly expiry: Command | undefined;
  readonly progress: ReadonlyMap<number, Progress>;
}

/** The record key of a command, or of one partition's progress. */
export function controlKey({ id, progress }: Command): string {
  return progress === null ? id : `${id}/${progress.partition}`;
}

/** Partitions of the source topic that a command concerns. */
export function partitionsOf({ replay, redrive }: Command): readonly number[] {
  return replay?.partitions.map(({ partition }) => partition) ?? redrive?.partitions ?? [];
}

/** A command with what every kind has; the rest is null. */
export function makeCommand(
  fields: Pick<Command, 'id' | 'partner' | 'kind' | 'by'> & Partial<Command>,
  nowMs = Date.now(),
): Command {
  const rest = { at: nowMs, reason: null, of: null, replay: null, redrive: null, progress: null, proposal: null };
  return { ...rest, ...fields };
}

interface Entry {
  command: Command;
  readonly refusedFor: string | undefined;
  readonly progress: Map<number, Progress>;
  /** Partitions that are not through. */
  readonly open: Set<number>;
  /** About what it takes of memory: partitions, letters, and a hundred for the rest. */
  readonly weight: number;
  stop: Command | undefined;
  approval: Command | undefined;
  expiry: Command | undefined;
}

/** Of a kind, or of two that may be about the same letters, one runs for a partner at a time. */
const slotOf = (kind: Command['kind'], partner: string): string => `${kind === 'replay' ? kind : 'letters'} ${partner}`;

/** Some 100 MB each, for what waits, for what runs and for what is remembered of what is over: 40,000 commands as they are usually. */
const WEIGHT_MAX = 4_000_000;
const PAUSED_MAX = 100_000;

export class ControlState {
  readonly #entries = new Map<string, Entry>();
  /** By slot. */
  readonly #running = new Map<string, Entry>();
  readonly #waiting = new Set<Entry>();
  /** Oldest end first. */
  readonly #over = new Set<string>();
  readonly #early = new EarlyProgress();
  readonly #earlyWords = new EarlyWords();
  #waitingWeight = 0;
  #runningWeight = 0;
  #overWeight = 0;
  readonly #paused = new Map<string, Command>();

  /** Takes the next record of the topic in. @returns why it changes nothing, if nobody can have meant it so */
  apply(command: Command): string | undefined {
    const { kind, id, partner } = command;
    if (kind === 'progress') return this.#progressed(command);
    if (kind === 'cancel' || kind === 'undo') return this.#stopped(command);
    if (kind === 'replay' || kind === 'redrive' || kind === 'drop' || kind === 'proposed')
      return this.#entries.has(id) ? undefined : this.#given(command);
    if (kind === 'approved') return this.#approved(command);
    if (kind === 'expired') return this.#expired(command);
    if (kind === 'resume') this.#paused.delete(partner);
    else if (this.#paused.size < PAUSED_MAX || this.#paused.has(partner)) this.#paused.set(partner, command);
    else return 'too many partners are paused';
    return undefined;
  }

  /** The pause that is in force. */
  paused(partner: string): Command | undefined {
    return this.#paused.get(partner);
  }

  /** The replay that runs; of letters the redrive or drop. */
  active(partner: string, kind: OrderKind): CommandState | undefined {
    const entry = this.#running.get(slotOf(kind, partner));
    return entry && view(entry);
  }

  find(id: string): CommandState | undefined {
    const entry = this.#entries.get(id);
    return entry && view(entry);
  }

  /** In the order in which they were given; of very many that are over, the newest. A proposal has no kind of these before it is approved. */
  list(kind?: OrderKind): CommandState[] {
    return [...this.#entries.values()].filter(({ command }) => kind === undefined || command.kind === kind).map(view);
  }

  /** Proposals, in the order in which they were made: also those that were approved or have ended. */
  proposals(): CommandState[] {
    return this.list().filter(({ command }) => command.proposal !== null);
  }

  /** Those of them that nobody has approved or ended. */
  waiting(): CommandState[] {
    return [...this.#waiting].map(view);
  }

  #given(command: Command): string | undefined {
    const { id, kind, partner } = command;
    const open = new Set(partitionsOf(command));
    const weight = 100 + open.size + letterCount(command);
    const refusedFor = kind === 'proposed' ? undefined : this.#running.get(slotOf(kind, partner))?.command.id;
    if (kind === 'proposed' && this.#waitingWeight + weight > WEIGHT_MAX) return 'too many proposals wait';
    if (kind !== 'proposed' && refusedFor === undefined && this.#runningWeight + weight > WEIGHT_MAX)
      return 'too many commands run';
    const rest = { progress: new Map(), stop: undefined, approval: undefined, expiry: undefined };
    const entry: Entry = { command, refusedFor, open, weight, ...rest };
    this.#entries.set(id, entry);
    if (kind === 'proposed') {
      this.#waiting.add(entry);
      this.#waitingWeight += weight;
      for (const word of this.#earlyWords.take(command)) this.apply(word);
    } else if (refusedFor === undefined) this.#run(entry);
    else this.#ended(entry);
    return undefined;
  }

  #waited(entry: Entry): void {
    this.#waiting.delete(entry);
    this.#waitingWeight -= entry.weight;
  }

  #run(entry: Entry): void {
    this.#running.set(slotOf(entry.command.kind, entry.command.partner), entry);
    this.#runningWeight += entry.weight;
    for (const progress of this.#early.take(entry.command)) takeProgress(entry, progress);
    if (entry.open.size === 0) this.#ended(entry);
  }

  /** A proposal runs from here on, as what it proposes. */
  #approved(approval: Command): string | undefined {
    const entry = this.#proposal(approval);
    if (typeof entry === 'string') return entry;
    const { command, weight } = entry;
    const { kind, digest, expiresAt } = command.proposal as NonNullable<Command['proposal']>;
    if (approval.proposal?.digest !== digest) return `the digest is not the one of ${command.id}`;
    if (isSamePerson(approval.by, command.by)) return `${command.by} has proposed it: somebody else has to approve it`;
    if (approval.at >= expiresAt) return `${command.id} has expired before`;
    const running = this.#running.get(slotOf(kind, command.partner));
    if (running) return `${running.command.kind} ${running.command.id} of ${command.partner} runs`;
    if (this.#runningWeight + weight > WEIGHT_MAX) return 'too many commands run';
    this.#waited(entry);
    entry.command = { ...command, kind };
    entry.approval = approval;
    this.#run(entry);
    return undefined;
  }

  /** Who has made it takes it back; or its time is over. */
  #expired(expiry: Command): string | undefined {
    const entry = this.#proposal(expiry);
    if (typeof entry === 'string') return entry;
    const { id, by, proposal } = entry.command;
    if (expiry.by !== by && expiry.at < (proposal?.expiresAt ?? 0)) return `${id} is one of ${by}, and has not expired`;
    this.#waited(entry);
    entry.expiry = expiry;
    this.#ended(entry);
    return undefined;
  }

  /** The one that a command is about and that still waits; or why there is none. */
  #proposal(word: Command): Entry | string {
    const { of, partner } = word;
    const entry = of === null ? undefined : this.#entries.get(of);
    if (!entry && !this.#isTaken(word)) this.#earlyWords.keep(word);
    if (!entry?.command.proposal) return `there is no proposal "${of}"`;
    if (entry.command.partner !== partner) return `${of} is a proposal for ${entry.command.partner}`;
    if (entry.approval) return `${of} was approved by ${entry.approval.by} before`;
    return entry.expiry ? `${of} has expired before` : entry;
  }

  /** Another one runs where the approved one would. */
  #isTaken({ kind, partner, proposal }: Command): boolean {
    return kind === 'approved' && proposal !== null && this.#running.has(slotOf(proposal.kind, partner));
  }

  #progressed(given: Command): string | undefined {
    const { id, partner, by, at, progress } = given;
    if (!progress) return 'it says no progress';
    const entry = this.#entries.get(id);
    if (!entry || entry.command.kind === 'proposed') {
      const isKept = this.#early.keep(given, { ...progress, by, at });
      const why = entry ? 'the command is not approved' : 'there is no such command';
      return isKept ? why : `${why}, and too many have progress`;
    }
    const { command, open } = entry;
    const { partition } = progress;
    if (command.partner !== partner) return `the command is one of ${command.partner}`;
    if (!open.has(partition) && !entry.progress.has(partition))
      return `the command is not about partition ${partition}`;
    // Compaction keeps the last row of each partition; what is final stays final.
    if (!open.has(partition) || entry.refusedFor !== undefined) return undefined;
    takeProgress(entry, { ...progress, by, at });
    if (open.size === 0) this.#ended(entry);
    return undefined;
  }

  /** The first one counts; one that comes after the end changes nothing. */
  #stopped(command: Command): string | undefined {
    const entry = command.of === null ? undefined : this.#entries.get(command.of);
    if (!entry) return `there is no command "${command.of}"`;
    if (entry.command.partner !== command.partner) return `${command.of} is a command of ${entry.command.partner}`;
    if (entry.command.kind === 'proposed') return `${command.of} does not run: it is ${statusOf(entry)}`;
    if (!entry.stop && statusOf(entry) === 'running') entry.stop = command;
    return undefined;
  }

  /** Its letters are nobody's any more; when there are too many that are over, the oldest is forgotten. */
  #ended(entry: Entry): void {
    const { id, kind, partner, redrive } = entry.command;
    if (this.#running.get(slotOf(kind, partner)) === entry) {
      this.#running.delete(slotOf(kind, partner));
      this.#runningWeight -= entry.weight;
    }
    if (redrive) entry.command = { ...entry.command, redrive: { ...redrive, letters: [] } };
    this.#over.add(id);
    this.#overWeight += entry.weight;
    for (const oldest of this.#over) {
      if (this.#overWeight <= WEIGHT_MAX) break;
      this.#over.delete(oldest);
      this.#overWeight -= this.#entries.get(oldest)?.weight ?? 0;
      this.#entries.delete(oldest);
    }
  }
}

/** Of a partition that the command is not about, or that is through, nothing. */
function takeProgress({ open, progress }: Entry, said: Progress): void {
  if (!open.has(said.partition)) return;
  progress.set(said.partition, said);
  if (isFinal(said)) open.delete(said.partition);
}

function view(entry: Entry): CommandState {
  const { command, stop, refusedFor, approval, expiry, progress } = entry;
  return { command, stop, refusedFor, approval, expiry, progress, status: statusOf(entry) };
}

function statusOf({ command, open, refusedFor, progress, expiry }: Entry): CommandStatus {
  if (expiry) return 'expired';
  if (command.kind === 'proposed') return 'proposed';
  if (refusedFor !== undefined) return 'refused';
  if (open.size > 0) return 'running';
  const ends = [...progress.values()];
  if (ends.some(({ refused }) => refused)) return 'refused';
  // A stop that every partition was too late for stopped nothing.
  if (ends.some(({ state }) => state === 'undone')) return 'undone';
  if (ends.some(({ state }) => state === 'cancelled')) return 'cancelled';
  return 'completed';
}
