// Which log of the public topic is read. A topic that is deleted and created again keeps its name, and its offsets mean other
// records: so a cursor names the log that its offsets count in (domain/stream/cursor.ts).
import type { Cursor } from '@ess/domain/stream/cursor.ts';

/** Of the 16 bytes of an id, which are drawn at random. */
const MARK_AT = 14;

/** What goes to another thread. */
export interface LogNow {
  /** 16 bits of the topic's id, for cursors; undefined: the brokers have no ids of topics. */
  readonly mark: number | undefined;
  /** How often another log has taken the place of the one before, in this process. */
  readonly changes: number;
}

/** One for all that a process reads of the topic. */
export class PublicLog implements LogNow {
  readonly topic: string;
  #id: string | undefined;
  /** Each event's cursor asks for it. */
  #mark: number | undefined;
  #changes = 0;

  constructor(topic: string) {
    this.topic = topic;
  }

  /** Of the topic; undefined: not known. */
  get id(): string | undefined {
    return this.#id;
  }

  get mark(): number | undefined {
    return this.#mark;
  }

  get changes(): number {
    return this.#changes;
  }

  /** This is the log that has been read all along. */
  is(id: string | undefined): void {
    this.#id = id;
    this.#mark = id === undefined ? undefined : Buffer.from(id, 'base64url').readUInt16BE(MARK_AT);
  }

  /** Another log has taken its place. */
  became(id: string | undefined): void {
    this.is(id);
    this.#changes += 1;
  }

  /**
   * Whether the offsets of a cursor count in another log. One that names none was given by the last version: it may be of before
   * once a log has changed here, and is taken for that, because to repeat is better than to skip.
   */
  hasLeft(cursor: Extract<Cursor, { kind: 'position' }>): boolean {
    const { mark } = this;
    return mark !== undefined && (cursor.log === undefined ? this.#changes > 0 : cursor.log !== mark);
  }
}
