// The log: JSON lines for machines, short lines for people. Secrets that were registered never pass, whatever field or
// message they are in (guarantee 7).

import type { Logger } from 'pino';
import pino from 'pino';
import { pretty } from './pretty.ts';

export type Log = Logger;

const MASK = '[secret]';
/** Shorter values would mask ordinary words. */
const SECRET_MIN_CHARS = 6;

/** The secrets of a process; what contains one is written with the secret masked. */
export class Redactor {
  readonly #secrets = new Set<string>();

  add(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (secret.length < SECRET_MIN_CHARS) continue;
      this.#secrets.add(secret);
      this.#secrets.add(JSON.stringify(secret).slice(1, -1)); // as it looks inside a JSON line
      this.#secrets.add(encodeURIComponent(secret));
    }
  }

  clean(text: string): string {
    let cleaned = text;
    for (const secret of this.#secrets) if (cleaned.includes(secret)) cleaned = cleaned.replaceAll(secret, MASK);
    return cleaned;
  }
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
  const stream = {
    write(line: string): void {
      const clean = redactor.clean(line);
      write(forPeople ? pretty(clean) : clean);
    },
  };
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
