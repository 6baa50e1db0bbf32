// One trouble is one line every few seconds, however often it happens: the last of its lines, with how many there were beside it.

const EVERY_MS = 5_000;
/** Troubles told apart at a time; beyond them an event of one partition is one trouble, whatever it is about. */
const TROUBLES_MAX = 500;
/** Numbers that make another trouble; others, such as an offset or a count, do not. */
const PLACES = ['partition', 'status'] as const;
/** Texts that are another one in each line. */
const NO_TEXTS: ReadonlySet<string> = new Set(['time', 'stack']);
/** Fields of words, in which an offset, a port or a time may stand. A status in them is a word. */
const SENTENCES: ReadonlySet<string> = new Set(['error', 'reason', 'detail', 'why']);
const NUMBER = /(?<=:)\d+|\b\d{4,}\b/g;

/**
 * What is held is told when that changes, and again when it ends: a late line would stand behind its own end. And a stretch that was
 * passed or lost is another one each time: the log may be all that names it. So is the end of a process, which is started again
 * later each time.
 */
const TOLD_EACH_TIME =
  /"msg":"(?:[^"]*held|records\.unreadable|retention\.lost|topic\.anew|program\.(?:ended|misconfigured))"/;

interface Trouble {
  /** The line that waits, with so many before it that are told by number alone. */
  waiting: string | undefined;
  more: number;
}

export class Repeats {
  readonly #write: (line: string) => void;
  readonly #troubles = new Map<string, Trouble>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** @param line one JSON object and a line feed, as pino writes it */
  write(line: string): void {
    if (!/"level":"(?:warn|error)"/.test(line) || TOLD_EACH_TIME.test(line)) return this.#write(line);
    const trouble = this.#troubleOf(JSON.parse(line) as Record<string, unknown>);
    const known = this.#troubles.get(trouble);
    if (!known) return this.#tell(trouble, line);
    if (known.waiting !== undefined) known.more += 1;
    known.waiting = line;
  }

  #tell(trouble: string, line: string): void {
    this.#troubles.set(trouble, { waiting: undefined, more: 0 });
    setTimeout(() => this.#again(trouble), EVERY_MS).unref();
    this.#write(line);
  }

  #again(trouble: string): void {
    const { waiting, more } = this.#troubles.get(trouble) as Trouble;
    this.#troubles.delete(trouble);
    if (waiting === undefined) return;
    this.#tell(trouble, more === 0 ? waiting : waiting.replace(/\}\n$/, `,"more":${more}}\n`));
  }

  #troubleOf(line: Record<string, unknown>): string {
    const event = `${line['level']} ${line['msg']}`;
    if (this.#troubles.size >= TROUBLES_MAX) return `${event} ${line['partner']} ${line['topic']} ${line['partition']}`;
    const places = PLACES.map((name) => line[name]);
    const texts = Object.entries(line).filter(([name, value]) => typeof value === 'string' && !NO_TEXTS.has(name));
    const bare = texts.map(([name, text]) => (SENTENCES.has(name) ? (text as string).replace(NUMBER, '#') : text));
    return JSON.stringify([places, bare]);
  }
}
