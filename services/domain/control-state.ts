// What the commands of ess.control amount to: which partner is paused, which replay or redrive runs and how far it is.
// The topic has one partition, so everybody who reads it comes to the same answer: also to which of two commands that
// were given at the same time was the second one, and is refused.
import type { Command, PartitionProgress, ProgressState } from '@ess/schemas/generated/types.ts';

export const CONTROL_TOPIC = 'ess.control';

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
  readonly command: Command;
  readonly refusedFor: string | undefined;
  readonly progress: Map<number, Progress>;
  stop: Command | undefined;
}

export class ControlState {
  readonly #entries = new Map<string, Entry>();
  readonly #paused = new Map<string, Command>();

  /** Takes the next record of the topic in. */
  apply(command: Command): void {
    const { kind, id, partner } = command;
    if (kind === 'pause') this.#paused.set(partner, command);
    else if (kind === 'resume') this.#paused.delete(partner);
    else if (kind === 'progress') this.#progressed(command);
    else if (kind === 'cancel' || kind === 'undo') this.#stopped(command);
    else if (!this.#entries.has(id))
      this.#entries.set(id, {
        command,
        refusedFor: this.active(partner, kind)?.command.id,
        progress: new Map(),
        stop: undefined,
      });
  }

  /** The pause that is in force. */
  paused(partner: string): Command | undefined {
    return this.#paused.get(partner);
  }

  /** The replay or redrive that runs. */
  active(partner: string, kind: 'replay' | 'redrive'): CommandState | undefined {
    for (const entry of this.#entries.values())
      if (entry.command.partner === partner && entry.command.kind === kind && statusOf(entry) === 'running')
        return view(entry);
    return undefined;
  }

  find(id: string): CommandState | undefined {
    const entry = this.#entries.get(id);
    return entry && view(entry);
  }

  /** Replays and redrives in the order in which they were given. */
  list(kind?: 'replay' | 'redrive'): CommandState[] {
    return [...this.#entries.values()].filter(({ command }) => kind === undefined || command.kind === kind).map(view);
  }

  #progressed({ id, by, at, progress }: Command): void {
    const entry = this.#entries.get(id);
    // Compaction keeps the last row of each partition; what is final stays final.
    if (!entry || !progress || isFinal(entry.progress.get(progress.partition))) return;
    entry.progress.set(progress.partition, { ...progress, by, at });
  }

  /** The first one counts; one that comes after the end changes nothing. */
  #stopped(command: Command): void {
    const entry = command.of === null ? undefined : this.#entries.get(command.of);
    if (entry && !entry.stop && statusOf(entry) === 'running') entry.stop = command;
  }
}

function view(entry: Entry): CommandState {
  return { ...entry, status: statusOf(entry) };
}

function statusOf({ command, refusedFor, progress, stop }: Entry): CommandStatus {
  if (refusedFor !== undefined) return 'refused';
  if (!partitionsOf(command).every((partition) => isFinal(progress.get(partition)))) return 'running';
  // A stop that every partition was too late for stopped nothing.
  const states = [...progress.values()].map(({ state }) => state);
  if (stop && states.some((state) => state === 'undone')) return 'undone';
  if (stop && states.some((state) => state === 'cancelled')) return 'cancelled';
  return 'completed';
}
