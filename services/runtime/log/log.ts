// The log: JSON lines for machines, short lines for people. Secrets that were registered never pass, whatever field or
// message they are in (guarantee 7).

import { printableLines } from '@ess/domain/text/printable.ts';
import type { Logger } from 'pino';
import pino from 'pino';
import { pretty } from './pretty.ts';
import { Repeats } from './repeats.ts';

export type Log = Logger;

const MASK = '[secret]';
/** Shorter values would mask ordinary words. */
const SECRET_MIN_CHARS = 6;

/** The secrets of a process; what contains one is written with the secret masked. */
export class Redactor {
  /** Longest first: of a secret that contains another one, no tail may stay. */
  #secrets: readonly string[] = [];
  /** Each secret as a URL may spell it. */
  readonly #inUrls = new Map<string, RegExp>();

  add(secrets: Iterable<string>): void {
    const forms = new Set(this.#secrets);
    for (const secret of secrets) {
      if (secret.length < SECRET_MIN_CHARS) continue;
      const inJson = JSON.stringify(secret).slice(1, -1);
      forms.add(secret);
      forms.add(inJson); // as it looks inside a JSON line
      forms.add(JSON.stringify(inJson).slice(1, -1)); // inside JSON that is quoted in a JSON line
      this.#inUrls.set(secret, percentEncoded(secret));
    }
    this.#secrets = [...forms].sort((a, b) => b.length - a.length);
  }

  clean(text: string): string {
    let cleaned = text;
    for (const secret of this.#secrets) if (cleaned.includes(secret)) cleaned = cleaned.replaceAll(secret, MASK);
    if (cleaned.includes('%')) for (const pattern of this.#inUrls.values()) cleaned = cleaned.replace(pattern, MASK);
    return cleaned;
  }
}

/** Which characters of a URL are percent-encoded, and in which case, depends on who wrote it: any may be. */
function percentEncoded(secret: string): RegExp {
  const characters = [...secret.toWellFormed()].map((char) => {
    const bytes = [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    const eitherCase = bytes.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    const plain = char === ' ' ? ' |\\+' : char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    return `(?:${plain}|${eitherCase})`;
  });
  return new RegExp(characters.join(''), 'gu');
}

export interface LogOptions {
  readonly level?: string;
  /** Short lines for people; default: when stderr is a terminal. */
  readonly pretty?: boolean;
  readonly redactor?: Redactor;
  readonly write?: (line: string) => void;
}

/** Writes to stderr: stdout belongs to data. */
export function createLog(program: string, options: LogOptions = {}): Log {
  const { level = 'info', redactor = new Redactor(), write = (line) => process.stderr.write(line) } = options;
  const forPeople = options.pretty ?? process.stderr.isTTY === true;
  const stream = new Repeats((line) => {
    const clean = redactor.clean(line);
    // JSON lines are read on terminals too; they stay the same data.
    write(forPeople ? pretty(clean) : printableLines(clean));
  });
  return pino(
    {
      level,
      base: { program },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}
