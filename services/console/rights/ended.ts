// What has ended before its time: sessions that were left, people who were signed out everywhere, links that were taken back. A file of the
// console and not a record in Kafka: whoever takes a link back must not wait for Kafka, and has the keys of the console at hand anyway. It
// is written at its end, one line at a time, by the console and by `ess console link --revoke`; the console alone writes it shorter.
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';
import { FileRefused, refusedBy } from '@ess/runtime/settings/small-file.ts';
import { onceAStretch, stampOf } from './kept-file.ts';

const KINDS = ['session', 'subject', 'link', 'partner'] as const;
/** A session or a link by its id; a subject's sessions, or a partner's links, by name: those that began before. */
export type EndedKind = (typeof KINDS)[number];

interface EndedLine {
  readonly kind: EndedKind;
  readonly id: string;
  readonly atMs: number;
}

const PIECE_BYTES = 1_000_000;
/** A file is not written shorter before it has so much. */
const SHORTEN_AT_BYTES = 1_000_000;
const NEWLINE = 10;
/** Never waits, not even for the other end of a pipe. */
const READING = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

export class Ended {
  readonly #path: string;
  readonly #onWrong: (error: Error) => void;
  readonly #keptMs: number;
  readonly #lookAt: (path: string) => string;
  readonly #lookNow: () => void;
  #known = new Map<string, number>();
  #stamp: string | undefined;
  #inode = 0;
  #readTo = 0;
  #lines = 0;
  #shortenAt = SHORTEN_AT_BYTES;
  #trouble: EssError | undefined;

  /**
   * @param keptMs nothing can be asked about that began longer ago @param lookAt as `stampOf`
   * @throws EssError ESS_CONFIG when it cannot be read
   */
  constructor(path: string, onWrong: (error: Error) => void, keptMs: number, lookAt = stampOf) {
    this.#path = path;
    this.#lookAt = lookAt;
    this.#lookNow = onceAStretch(() => this.#look(onWrong));
    this.#onWrong = onWrong;
    this.#keptMs = keptMs;
    this.#look(() => undefined);
    if (this.#trouble) throw this.#trouble;
    this.#shorten();
  }

  /**
   * Of everything that it has ended while the file cannot be read: nobody knows then.
   * @param beganMs of what is asked about, ms since 1970
   */
  has(kind: EndedKind, id: string, beganMs: number): boolean {
    this.#lookNow();
    return this.#trouble !== undefined || beganMs <= (this.#known.get(`${kind} ${id}`) ?? Number.NEGATIVE_INFINITY);
  }

  /** It has ended here even when this throws: the file could not be written, and no other console knows. */
  add(kind: EndedKind, id: string): void {
    const line = { kind, id, atMs: Date.now() };
    this.#take(line);
    endNow(this.#path, kind, id, line.atMs);
    this.#look(this.#onWrong);
    this.#shorten();
  }

  #take({ kind, id, atMs }: EndedLine): void {
    const key = `${kind} ${id}`;
    this.#known.set(key, Math.max(atMs, this.#known.get(key) ?? 0));
  }

  #look(onTrouble: (error: Error) => void): void {
    const stamp = this.#lookAt(this.#path);
    // One that may not be reached has no stamp, as one that is not there.
    if (stamp === this.#stamp && stamp !== '' && !this.#trouble) return;
    const before = this.#trouble;
    this.#trouble = undefined;
    this.#stamp = stamp;
    let file: number | undefined;
    try {
      file = openSync(this.#path, READING);
      this.#readOn(file);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT') return;
      const { message, remedy } = error instanceof FileRefused ? error : refusedBy(error as NodeJS.ErrnoException);
      const said = `${this.#path} ${message}: no session and no link is let in; ${remedy}`;
      this.#trouble = new EssError('ESS_CONFIG', said, { cause: error });
      if (said !== before?.message) onTrouble(this.#trouble);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /** Reads what has come since. What was known stays so, whatever file is there. */
  #readOn(file: number): void {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new FileRefused('is no file', 'put a file in its place');
    if (stat.ino !== this.#inode || stat.size < this.#readTo)
      [this.#inode, this.#readTo, this.#lines] = [stat.ino, 0, 0];
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, stat.size - this.#readTo + 1));
    const wrong: number[] = [];
    for (;;) {
      const length = readSync(file, piece, 0, piece.length, this.#readTo);
      const end = piece.subarray(0, length).lastIndexOf(NEWLINE) + 1 || (length === PIECE_BYTES ? length : 0);
      const whole = piece
        .toString('utf8', 0, end)
        .split('\n')
        .slice(0, end === 0 ? 0 : -1);
      for (const text of whole) {
        this.#lines += 1;
        const line = lineIn(text);
        if (line) this.#take(line);
        else if (text !== '') wrong.push(this.#lines);
      }
      this.#readTo += end;
      if (end > 0) continue;
      // What is not through yet says something already when it is whole.
      const line = lineIn(piece.toString('utf8', 0, length));
      if (line) this.#take(line);
      break;
    }
    if (wrong.length === 0) return;
    const more = wrong.length === 1 ? '' : ` and ${wrong.length - 1} more`;
    const said = `${this.#path}:${wrong[0]}${more}: this line says of nothing that it has ended, and is passed over: remove it`;
    this.#onWrong(new EssError('ESS_CONFIG', said));
  }

  /** Leaves out what was said twice and what nobody can ask about any more. Whoever writes at the same moment writes again (endNow). */
  #shorten(): void {
    if (this.#readTo < this.#shortenAt) return;
    const beforeMs = Date.now() - this.#keptMs;
    const kept = [...this.#known].filter(([, atMs]) => atMs >= beforeMs);
    const text = kept.map(([key, atMs]) => textOf(key, atMs)).join('');
    this.#shortenAt = Math.max(SHORTEN_AT_BYTES, 2 * text.length);
    let old: number | undefined;
    let made: string | undefined;
    try {
      const path = realpathSync(this.#path);
      old = openSync(path, READING);
      const { mode, uid } = fstatSync(old);
      // Another user's would be ours then, and not theirs to read.
      if (uid !== process.getuid?.()) return;
      made = `${path}.${process.pid}`;
      writeFileSync(made, text, { mode: mode & 0o777, flush: true });
      renameSync(made, path);
      const rest = Buffer.alloc(PIECE_BYTES);
      const length = readSync(old, rest, 0, rest.length, this.#readTo);
      if (length > 0) appendFileSync(path, rest.subarray(0, length), { flush: true });
      this.#known = new Map(kept);
    } catch (error) {
      if (made !== undefined) rmSync(made, { force: true });
      this.#onWrong(new EssError('ESS_CONFIG', `${this.#path} cannot be written shorter`, { cause: error }));
    } finally {
      if (old !== undefined) closeSync(old);
    }
  }
}

/** Goes on record for every console that reads the file. @throws what the system says when it cannot be written */
export function endNow(path: string, kind: EndedKind, id: string, atMs: number = Date.now()): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const isNew = !existsSync(path);
    const file = openSync(path, 'a+', 0o600);
    try {
      const { ino, size } = fstatSync(file);
      // By the superuser it is made for whoever the folder is of: the console is another one, and has to read it.
      if (isNew && process.getuid?.() === 0) fchownSync(file, statSync(folder).uid, statSync(folder).gid);
      const last = Buffer.alloc(1, NEWLINE);
      if (size > 0) readSync(file, last, 0, 1, size - 1);
      // A line that a full disk has cut short spoils itself alone.
      const text = `${last[0] === NEWLINE ? '' : '\n'}${textOf(`${kind} ${id}`, atMs)}`;
      appendFileSync(file, text, { flush: true });
      // Else somebody has put a shorter one in its place meanwhile.
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) return;
    } finally {
      closeSync(file);
    }
  }
}

function textOf(key: string, atMs: number): string {
  const [kind = '', id = ''] = key.split(/ (.*)/s, 2);
  return `${JSON.stringify({ kind, id, atMs })}\n`;
}

function lineIn(text: string): EndedLine | undefined {
  try {
    const { kind, id, atMs } = JSON.parse(text) as Partial<EndedLine>;
    if (KINDS.some((one) => one === kind) && typeof id === 'string' && typeof atMs === 'number')
      return { kind: kind as EndedKind, id, atMs };
  } catch {}
  return undefined;
}
