// What a record of ess.control must be like to be obeyed. Whoever may write to the topic can write anything, so each field is
// looked at before anybody acts on it, by the same rules for workers and the command line: what one leaves aside, all do. Only
// the record itself counts here; what depends on the cluster (how many partitions, where the log ends) is looked at by whoever
// carries the command out, and put on record.
import type {
  Command,
  PartitionProgress,
  RedriveLetters,
  RedriveOrder,
  ReplayOrder,
  ReplayPartition,
} from '@ess/schemas/generated/types.ts';
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
/** The end of the calendar, ms since 1970. */
const CALENDAR_MS = 8.64e15;
const INT32_MAX = 2 ** 31 - 1;
/** A key travels in the commit metadata, of which Kafka takes 4,096 bytes. */
const KEY_MAX_CHARS = 256;
const BY_MAX_CHARS = 256;
const REASON_MAX_CHARS = 1_000;
/** C0, C1, line and paragraph separators, and what turns the direction of the text after it. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const KINDS: ReadonlySet<unknown> = new Set<Command['kind']>([
  ...(['replay', 'pause', 'resume', 'redrive', 'cancel', 'undo', 'progress'] as const),
]);
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

/** A text of unknown origin for a log line. */
export function shortened(text: unknown, maxChars = 80): string {
  const whole = typeof text === 'string' ? text : typeof text === 'object' ? 'a structure' : String(text);
  return printable(whole.length > maxChars ? `${whole.slice(0, maxChars)}…` : whole);
}

class Wrong extends Error {
  readonly field: string;
  readonly why: string;
  constructor(field: string, why: string) {
    super(`${field} ${why}`);
    this.field = field;
    this.why = why;
  }
}

type Fields = Readonly<Record<string, unknown>>;

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
  };
  if (kind === 'cancel' || kind === 'undo') command.of = matching('of', given['of'], ID);
  if (kind === 'replay') command.replay = replayOf(fields('replay', given['replay']));
  if (kind === 'redrive') command.redrive = redriveOf(fields('redrive', given['redrive']));
  if (kind === 'progress') command.progress = progressOf(fields('progress', given['progress']));
  return command;
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
  };
}

function fields(field: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong(field, 'is missing');
  return value as Fields;
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}

function list<T>(field: string, value: unknown, max: number, read: (value: unknown, field: string) => T): T[] {
  if (!Array.isArray(value)) throw new Wrong(field, 'is no list');
  if (value.length > max) throw new Wrong(field, `has ${value.length} entries, and ${max} are the most`);
  return value.map((one, index) => read(one, `${field}.${index}`));
}

function unique(field: string, partitions: readonly number[]): void {
  if (new Set(partitions).size !== partitions.length) throw new Wrong(field, 'names a partition twice');
}

/** An offset, if nothing else is said: every number that can be told from its neighbours. */
function whole(field: string, value: unknown, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
    throw new Wrong(field, `${shortened(value)} is not a whole number from ${min} to ${max}`);
  return value as number;
}

function rateOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw new Wrong('replay.ratePerSecond', `${shortened(value)} is not above 0`);
  return value;
}

function flag(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Wrong(field, 'is neither true nor false');
  return value;
}

function matching(field: string, value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw new Wrong(field, `"${shortened(value)}" does not match ${pattern.source}`);
  return value;
}

/** Compared with others, so it stays as it is. */
function exact(field: string, value: unknown, maxChars: number): string {
  if (typeof value !== 'string') throw new Wrong(field, 'is no text');
  if (value.length > maxChars) throw new Wrong(field, `has ${value.length} characters, and ${maxChars} are the most`);
  return value;
}

/** Only shown: what is too long is cut. */
function text(field: string, value: unknown, maxChars: number): string {
  if (typeof value !== 'string') throw new Wrong(field, 'is no text');
  return printable(value.slice(0, maxChars));
}

function printable(whole: string): string {
  return whole.replace(UNPRINTABLE, '\ufffd');
}
