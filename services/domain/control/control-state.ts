// What the commands of ess.control amount to: which partner is paused, which replay or redrive runs and how far it is.
// The topic has one partition, so everybody who reads it comes to the same answer: also to which of two commands that
// were given at the same time was the second one, and is refused.
import type { Command, PartitionProgress, ProgressState } from '@ess/schemas/generated/types.ts';

export type CommandStatus = 'running' | 'refused' | 'completed' | 'cancelled' | 'undone';

export interface Progress extends PartitionProgress {
  /** The worker that wrote it, and when, ms since 1970. */
  readonly by: string;
  readonly at: number;
}

export interface CommandState {
  readonly command: Command;
  readonly status: CommandStatus;
  /** The cancel or undo that was given for it. */
  readonly stop: Command | undefined;
  /** The command that ran when this one was given; set when refused. */
  readonly refusedFor: string | undefined;
  readonly progress: ReadonlyMap<number, Progress>;
}

const FINAL: ReadonlySet<ProgressState> = new Set(['completed', 'unchanged', 'cancelled', 'undone']);

/** Whether a partition is through with its command. */
export function isFinal(progress: PartitionProgress | undefined): boolean {
  return progress !== undefined && FINAL.has(progress.state);
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
  return { at: nowMs, reason: null, of: null, replay: null, redrive: null, progress: null, ...fields };
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
}

/** Some 100 MB each, for what runs and for what is remembered of what is over: 40,000 commands as they are usually. */
const WEIGHT_MAX = 4_000_000;
const PAUSED_MAX = 100_000;

export class ControlState {
  readonly #entries = new Map<string, Entry>();
  /** By kind and partner. */
  readonly #running = new Map<string, Entry>();
  /** Oldest end first. */
  readonly #over = new Set<string>();
  #runningWeight = 0;
  #overWeight = 0;
  readonly #paused = new Map<string, Command>();

  /** Takes the next record of the topic in. @returns why it changes nothing, if nobody can have meant it so */
  apply(command: Command): string | undefined {
    const { kind, id, partner } = command;
    if (kind === 'progress') return this.#progressed(command);
    if (kind === 'cancel' || kind === 'undo') return this.#stopped(command);
    if (kind === 'replay' || kind === 'redrive') return this.#entries.has(id) ? undefined : this.#given(command, kind);
    if (kind === 'resume') this.#paused.delete(partner);
    else if (this.#paused.size < PAUSED_MAX || this.#paused.has(partner)) this.#paused.set(partner, command);
    else return 'too many partners are paused';
    return undefined;
  }

  /** The pause that is in force. */
  paused(partner: string): Command | undefined {
    return this.#paused.get(partner);
  }

  /** The replay or redrive that runs. */
  active(partner: string, kind: 'replay' | 'redrive'): CommandState | undefined {
    const entry = this.#running.get(`${kind} ${partner}`);
    return entry && view(entry);
  }

  find(id: string): CommandState | undefined {
    const entry = this.#entries.get(id);
    return entry && view(entry);
  }

  /** Replays and redrives in the order in which they were given; of very many that are over, the newest. */
  list(kind?: 'replay' | 'redrive'): CommandState[] {
    return [...this.#entries.values()].filter(({ command }) => kind === undefined || command.kind === kind).map(view);
  }

  #given(command: Command, kind: 'replay' | 'redrive'): string | undefined {
    const { id, partner, redrive } = command;
    const open = new Set(partitionsOf(command));
    const letters = redrive?.letters.reduce((sum, { offsets }) => sum + offsets.length, 0) ?? 0;
    const weight = 100 + open.size + letters;
    const refusedFor = this.#running.get(`${kind} ${partner}`)?.command.id;
    if (refusedFor === undefined && this.#runningWeight + weight > WEIGHT_MAX) return 'too many commands run';
    const entry: Entry = { command, refusedFor, progress: new Map(), open, weight, stop: undefined };
    this.#entries.set(id, entry);
    if (refusedFor === undefined) {
      this.#running.set(`${kind} ${partner}`, entry);
      this.#runningWeight += weight;
    }
    if (statusOf(entry) !== 'running') this.#ended(entry);
    return undefined;
  }

  #progressed({ id, partner, by, at, progress }: Command): string | undefined {
    const entry = this.#entries.get(id);
    if (!entry || !progress) return 'there is no such command';
    const { command, open } = entry;
    const { partition } = progress;
    if (command.partner !== partner) return `the command is one of ${command.partner}`;
    if (!open.has(partition) && !entry.progress.has(partition))
      return `the command is not about partition ${partition}`;
    // Compaction keeps the last row of each partition; what is final stays final.
    if (!open.has(partition) || entry.refusedFor !== undefined) return undefined;
    entry.progress.set(partition, { ...progress, by, at });
    if (isFinal(progress)) open.delete(partition);
    if (open.size === 0) this.#ended(entry);
    return undefined;
  }

  /** The first one counts; one that comes after the end changes nothing. */
  #stopped(command: Command): string | undefined {
    const entry = command.of === null ? undefined : this.#entries.get(command.of);
    if (!entry) return `there is no command "${command.of}"`;
    if (entry.command.partner !== command.partner) return `${command.of} is a command of ${entry.command.partner}`;
    if (!entry.stop && statusOf(entry) === 'running') entry.stop = command;
    return undefined;
  }

  /** Its letters are nobody's any more; when there are too many that are over, the oldest is forgotten. */
  #ended(entry: Entry): void {
    const { id, kind, partner, redrive } = entry.command;
    if (this.#running.get(`${kind} ${partner}`) === entry) {
      this.#running.delete(`${kind} ${partner}`);
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

function view(entry: Entry): CommandState {
  const { command, stop, refusedFor, progress } = entry;
  return { command, stop, refusedFor, progress, status: statusOf(entry) };
}

function statusOf({ open, refusedFor, progress, stop }: Entry): CommandStatus {
  if (refusedFor !== undefined) return 'refused';
  if (open.size > 0) return 'running';
  // A stop that every partition was too late for stopped nothing.
  const states = [...progress.values()].map(({ state }) => state);
  if (stop && states.some((state) => state === 'undone')) return 'undone';
  if (stop && states.some((state) => state === 'cancelled')) return 'cancelled';
  return 'completed';
}
