// One log of several programs. A line of JSON that names its program passes as it is, byte for byte; one without gets the name;
// what is no JSON (Node's own last words, a text of a command) becomes the text of an entry. So every line is JSON.
import { isUtf8 } from 'node:buffer';
import { printableLines } from '@ess/domain/text/printable.ts';
import { pretty } from '@ess/runtime/log/pretty.ts';
import type { Line } from './log-lines.ts';

export interface OneLogOptions {
  /** Short lines for people. */
  readonly pretty: boolean;
  /** @returns when whoever reads it has kept up; undefined: at once */
  readonly write: (lines: Uint8Array | string) => Promise<void> | undefined;
}

/** Where our logs name the program: behind level and time. */
const HEAD_BYTES = 128;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const NAMED = Buffer.from('"program":"');
const LINE_END = Buffer.from('\n');

export class OneLog {
  readonly #options: OneLogOptions;

  constructor(options: OneLogOptions) {
    this.#options = options;
  }

  /** Lines that a program wrote, in one piece: no line of another program comes between. */
  pass(program: string, lines: readonly Line[]): Promise<void> | undefined {
    if (lines.length === 0) return undefined;
    const entries = lines.map((line) => (isOurs(line) ? line.bytes : Buffer.from(entryOf(program, line))));
    if (this.#options.pretty) return this.#options.write(entries.map((entry) => pretty(entry.toString())).join(''));
    return this.#options.write(Buffer.concat(entries.flatMap((entry) => [entry, LINE_END])));
  }

  /** A line of our own log, with its line end. */
  readonly own = (line: string): void => void this.#options.write(line);
}

/** Nearly every line: it is looked at, not read. */
function isOurs({ bytes, lost }: Line): boolean {
  const isObject = bytes[0] === OPEN && bytes.at(-1) === CLOSE && lost === 0;
  return isObject && bytes.subarray(0, HEAD_BYTES).includes(NAMED) && isUtf8(bytes);
}

function entryOf(program: string, { bytes, lost }: Line): string {
  const text = bytes.toString(); // what is no UTF-8 is seen as such
  const named = lost === 0 ? namedJson(program, text) : undefined;
  if (named !== undefined) return printableLines(named);
  const time = new Date().toISOString();
  const entry = { level: 'warn', time, program, text, ...(lost > 0 && { lostBytes: lost }), msg: 'program.said' };
  return printableLines(JSON.stringify(entry));
}

/** The same text with the name in it: numbers stay as exact as they were written. */
function namedJson(program: string, text: string): string | undefined {
  try {
    const entry = JSON.parse(text) as unknown;
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
    const { program: its, name } = entry as Record<string, unknown>;
    if (typeof (its ?? name) === 'string') return text.trim();
    const rest = text.trim().slice(1);
    return `{"program":${JSON.stringify(program)}${Object.keys(entry).length > 0 ? ',' : ''}${rest}`;
  } catch {
    return undefined;
  }
}
