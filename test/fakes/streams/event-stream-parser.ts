// The event stream format as the WHATWG specification says it is read (section 9.2.6), and beside it what a careful server
// would never send: the specification makes a client swallow much in silence, and a test must see it.

export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  /** The last event id when it was dispatched. */
  readonly id: string;
}

/** Ids that cause no preflight when a browser sends them back from another origin. */
const SAFE_ID = /^[A-Za-z0-9._~-]{1,128}$/;
const FIELDS = new Set(['data', 'event', 'id', 'retry']);
const [LF, CR] = ['\n', '\r'];

export class EventStreamParser {
  readonly events: StreamEvent[] = [];
  readonly comments: string[] = [];
  /** What no careful server sends, each with the line it is about. */
  readonly faults: string[] = [];
  /** What a reconnect would send as Last-Event-ID. */
  lastEventId = '';
  retryMs: number | undefined;
  /** Times the id moved without an event. */
  silentIds = 0;
  #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #text = '';
  #started = false;
  #afterCr = false;
  #data: string[] = [];
  #type = '';
  #idInBlock: string | undefined;
  #fieldsInBlock = 0;

  /** @param chunk as it came from the wire: it may end inside a line or a character */
  feed(chunk: Uint8Array): void {
    let text: string;
    try {
      text = this.#decoder.decode(chunk, { stream: true });
    } catch {
      this.#fault('the bytes are not UTF-8', '');
      this.#decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      text = this.#decoder.decode(chunk, { stream: true });
    }
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.startsWith('\uFEFF')) text = text.slice(1); // one is allowed at the very beginning
    }
    this.#text += text;
    this.#takeLines();
  }

  /** The stream ended: half an event is discarded, and its id with it. @returns whether there was one */
  end(): boolean {
    const half = this.#text !== '' || this.#fieldsInBlock > 0;
    this.#text = '';
    this.#resetBlock();
    return half;
  }

  #takeLines(): void {
    let from = 0;
    for (let at = 0; at < this.#text.length; at += 1) {
      const char = this.#text[at];
      if (char === LF && this.#afterCr) {
        this.#afterCr = false;
        from = at + 1;
        continue;
      }
      this.#afterCr = char === CR;
      if (char !== LF && char !== CR) continue;
      this.#line(this.#text.slice(from, at));
      from = at + 1;
    }
    this.#text = this.#text.slice(from);
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.comments.push(line.slice(1));
      return;
    }
    this.#fieldsInBlock += 1;
    const name = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (!FIELDS.has(name)) return this.#fault('a field that no client knows', line);
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#type = value;
    else if (name === 'id') this.#id(value, line);
    else this.#retry(value, line);
  }

  #id(value: string, line: string): void {
    if (value.includes('\0')) return this.#fault('an id with NUL is ignored', line);
    if (!SAFE_ID.test(value)) this.#fault('an id that a browser cannot send back without a preflight', line);
    if (this.#idInBlock !== undefined) this.#fault('two ids in one event', line);
    this.#idInBlock = value;
  }

  #retry(value: string, line: string): void {
    if (/^[0-9]+$/.test(value)) this.retryMs = Number(value);
    else this.#fault('a retry that is not all digits is ignored', line);
  }

  #dispatch(): void {
    if (this.#idInBlock !== undefined) this.lastEventId = this.#idInBlock;
    if (this.#data.length > 0) {
      if (this.#idInBlock === undefined)
        this.#fault('an event without an id cannot be resumed from', this.#data[0] ?? '');
      this.events.push({ type: this.#type || 'message', data: this.#data.join('\n'), id: this.lastEventId });
    } else {
      if (this.#type !== '') this.#fault('an event type without data dispatches nothing', this.#type);
      if (this.#idInBlock !== undefined) this.silentIds += 1;
    }
    this.#resetBlock();
  }

  #resetBlock(): void {
    this.#data = [];
    this.#type = '';
    this.#idInBlock = undefined;
    this.#fieldsInBlock = 0;
  }

  #fault(what: string, line: string): void {
    this.faults.push(`${what}: ${JSON.stringify(line.slice(0, 200))}`);
  }
}

/** The JSON of messages without a type, each parsed once: tests look again and again at a list that grows. */
export class Documents {
  readonly #documents: Array<Record<string, unknown>> = [];
  #seen = 0;

  of(events: readonly StreamEvent[]): ReadonlyArray<Record<string, unknown>> {
    for (; this.#seen < events.length; this.#seen += 1) {
      const { type, data } = events[this.#seen] as StreamEvent;
      if (type === 'message') this.#documents.push(JSON.parse(data) as Record<string, unknown>);
    }
    return this.#documents;
  }
}
