// A browser's EventSource for tests: reconnects with Last-Event-ID as the WHATWG specification says, gives up for good after
// any answer that is not a 200 event stream, and keeps everything it saw, faults of the format included.
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, PATIENCE_MS } from '../../harness/deadline.ts';
import type { StreamEvent } from './event-stream-parser.ts';
import { Documents, EventStreamParser } from './event-stream-parser.ts';

export interface EventSourceOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** As if it had been here before. */
  readonly lastEventId?: string;
  /** Replaces what the server asks for with `retry:`, so that a test need not wait. */
  readonly retryMs?: number;
}

/** A browser's own first wait is a few seconds; a server that cares sends `retry:`. */
const FIRST_RETRY_MS = 3_000;

export class EventSourceClient implements AsyncDisposable {
  readonly events: StreamEvent[] = [];
  /** When each of them came, ms since 1970. */
  readonly cameAtMs: number[] = [];
  readonly faults: string[] = [];
  readonly comments: string[] = [];
  /** Status of every answer, in order. */
  readonly statuses: number[] = [];
  /** Streams that ended inside an event. */
  halves = 0;
  silentIds = 0;
  lastEventId: string;
  /** What the server last asked for. */
  retryMs: number | undefined;
  /** Set when it gave up for good, with the reason. */
  failed: string | undefined;
  headers: IncomingMessage['headers'] = {};
  readonly #url: () => string;
  readonly #options: EventSourceOptions;
  #answer: IncomingMessage | undefined;
  #closed = false;
  readonly #documents = new Documents();
  readonly #running: Promise<void>;

  /** @param url asked for at each connection: a load balancer leads to another server each time */
  constructor(url: string | (() => string), options: EventSourceOptions = {}) {
    this.#url = typeof url === 'string' ? () => url : url;
    this.#options = options;
    this.lastEventId = options.lastEventId ?? '';
    this.#running = this.#run();
  }

  /** Messages, parsed: what was sent as data without an event type. */
  get documents(): ReadonlyArray<Record<string, unknown>> {
    return this.#documents.of(this.events);
  }

  /** Resolves when what was seen satisfies the condition. */
  until(what: string, holds: (client: this) => boolean, timeoutMs = PATIENCE_MS): Promise<true> {
    return eventually(what, () => (holds(this) ? true : undefined), { timeoutMs });
  }

  /** The connection breaks; the client comes back by itself. */
  breakConnection(): void {
    this.#answer?.destroy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#answer?.destroy();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.failed === undefined) {
      const answer = await this.#connect().catch(() => undefined);
      if (answer) await this.#read(answer);
      if (this.#closed || this.failed !== undefined) return;
      await delay(this.#options.retryMs ?? this.retryMs ?? FIRST_RETRY_MS);
    }
  }

  #connect(): Promise<IncomingMessage> {
    const headers = {
      accept: 'text/event-stream',
      'cache-control': 'no-store',
      ...this.#options.headers,
      ...(this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(this.#url(), { headers, agent: false });
      asked.once('response', resolve);
      asked.once('error', reject);
      asked.end();
    });
  }

  async #read(answer: IncomingMessage): Promise<void> {
    this.#answer = answer;
    if (this.#closed) answer.destroy();
    this.headers = answer.headers;
    this.statuses.push(answer.statusCode ?? 0);
    const type = answer.headers['content-type'] ?? '';
    if (answer.statusCode !== 200 || !/^text\/event-stream\s*(;|$)/i.test(type)) {
      this.failed = `${answer.statusCode} ${type}`;
      answer.destroy();
      return;
    }
    const parser = new EventStreamParser();
    parser.lastEventId = this.lastEventId;
    const seen = { events: 0, faults: 0, comments: 0 };
    const take = () => {
      const fresh = parser.events.slice(seen.events);
      this.events.push(...fresh);
      this.cameAtMs.push(...fresh.map(() => Date.now()));
      this.faults.push(...parser.faults.slice(seen.faults));
      this.comments.push(...parser.comments.slice(seen.comments));
      seen.events = parser.events.length;
      seen.faults = parser.faults.length;
      seen.comments = parser.comments.length;
      this.lastEventId = parser.lastEventId;
      this.retryMs = parser.retryMs ?? this.retryMs;
    };
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        parser.feed(chunk);
        take();
      }
    } catch {
      // A broken connection is what this client is for.
    }
    if (parser.end()) this.halves += 1;
    this.silentIds += parser.silentIds;
  }
}
