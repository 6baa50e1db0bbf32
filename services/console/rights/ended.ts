// What has ended before its time: sessions that were left, people who were signed out everywhere, links that were taken back. A file of the
// console and not a record in Kafka: whoever takes a link back must not wait for Kafka, and has the keys of the console at hand anyway. It
// is only written at its end, one line at a time, by the console and by `ess console link --revoke`.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';
import { KeptFile } from './kept-file.ts';

const KINDS = ['session', 'subject', 'link', 'partner'] as const;
/** A session or a link by its id; a subject's sessions, or a partner's links, by name: those that began before. */
export type EndedKind = (typeof KINDS)[number];

interface EndedLine {
  readonly kind: EndedKind;
  readonly id: string;
  readonly atMs: number;
}

export class Ended {
  readonly #path: string;
  readonly #file: KeptFile<ReadonlyMap<string, number>>;

  /** @throws EssError ESS_CONFIG when it cannot be read */
  constructor(path: string, onWrong: (error: Error) => void) {
    this.#path = path;
    this.#file = new KeptFile<ReadonlyMap<string, number>>(
      path,
      (text) => parse(path, text),
      onWrong,
      new Map<string, number>(),
    );
  }

  /** @param beganMs of what is asked about, ms since 1970 */
  has(kind: EndedKind, id: string, beganMs: number): boolean {
    return beganMs <= (this.#file.now.get(`${kind} ${id}`) ?? Number.NEGATIVE_INFINITY);
  }

  add(kind: EndedKind, id: string): void {
    endNow(this.#path, kind, id);
  }
}

/** Goes on record for every console that reads the file. */
export function endNow(path: string, kind: EndedKind, id: string, atMs: number = Date.now()): void {
  mkdirSync(dirname(path), { recursive: true });
  const line: EndedLine = { kind, id, atMs };
  appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
}

function parse(path: string, text: string): ReadonlyMap<string, number> {
  const ended = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const { kind, id, atMs } = read(path, index + 1, line);
    const key = `${kind} ${id}`;
    ended.set(key, Math.max(atMs, ended.get(key) ?? 0));
  }
  return ended;
}

function read(path: string, number: number, line: string): EndedLine {
  try {
    const { kind, id, atMs } = JSON.parse(line) as Partial<EndedLine>;
    if (KINDS.some((one) => one === kind) && typeof id === 'string' && typeof atMs === 'number')
      return { kind: kind as EndedKind, id, atMs };
  } catch {}
  throw new EssError(
    'ESS_CONFIG',
    `${path}:${number}: this line says of nothing that it has ended: remove it, or move the file away and set new ESS_CONSOLE_KEYS, which end every session and link`,
  );
}
