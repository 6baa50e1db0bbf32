// A partner for tests: a real HTTP server that answers as told and keeps what it received, in order.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as setRealTimeout } from 'node:timers';
import { PATIENCE_MS } from '../harness/deadline.ts';

export interface Received {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly atMs: number;
  /** What was answered; 0 while it is open or when the connection was broken. */
  status: number;
}

/** A status, a full answer, or a way to misbehave. */
export type Reply =
  | number
  | {
      readonly status: number;
      readonly headers?: Record<string, string | string[]>;
      readonly body?: string;
      readonly afterMs?: number;
    }
  | 'hang'
  | 'reset'
  | 'reset-mid-body'
  | 'endless-body';

/** How long deliveries are gathered before those who wait look at them. */
const LOOK_MS = 20;

export class FakePartner implements AsyncDisposable {
  readonly received: Received[] = [];
  /** Connections accepted so far. */
  connections = 0;
  /** Decides the answer, at once or when the test is ready for it; changed by tests at any time. */
  reply: (request: Received, index: number) => Reply | Promise<Reply> = () => 200;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  /** Of waits and of late answers: a test that fails leaves some behind. */
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #host: string;
  #port = 0;
  #looking = false;

  constructor(host = '127.0.0.1') {
    this.#host = host;
  }

  /** @param host its address; another than 127.0.0.1 is reached by what does not run on this machine's loopback */
  static async start(reply?: FakePartner['reply'], host = '127.0.0.1'): Promise<FakePartner> {
    const partner = new FakePartner(host);
    if (reply) partner.reply = reply;
    partner.#server.keepAliveTimeout = 60_000;
    partner.#server.on('connection', (socket) => {
      partner.connections += 1;
      partner.#sockets.add(socket);
      socket.once('close', () => partner.#sockets.delete(socket));
    });
    await partner.up();
    return partner;
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}/hook`;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens (again), always on the same port. */
  async up(): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#server.once('error', reject).listen(this.#port, this.#host, resolve),
    );
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections and breaks those there are. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Waits until `enough` holds over what was received. */
  async until(
    enough: (received: readonly Received[]) => boolean,
    timeoutMs = PATIENCE_MS,
    what = 'the expected deliveries',
  ): Promise<void> {
    if (enough(this.received)) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error) => {
        clearTimeout(timer);
        this.#timers.delete(timer);
        this.#waiting.delete(check);
        error ? reject(error) : resolve();
      };
      const timer = setTimeout(
        () => finish(new Error(`${what} did not come in ${timeoutMs} ms; received ${this.received.length}`)),
        timeoutMs,
      );
      this.#timers.add(timer);
      const check = () => enough(this.received) && finish();
      this.#waiting.add(check);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#server.listening) await this.down();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // cut by the sender: nothing was received
    }
    const text = Buffer.concat(chunks).toString();
    const id = String(request.headers['webhook-id']);
    const entry: Received = {
      id,
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: parse(text),
      text,
      atMs: Date.now(),
      status: 0,
    };
    const index = this.received.push(entry) - 1;
    const decided = this.reply(entry, index);
    let reply = decided as Reply;
    if (typeof decided === 'object' && 'then' in decided) {
      this.#changed();
      reply = await decided;
    }
    if (typeof reply === 'string') this.#misbehave(reply, response);
    else {
      const { status, headers = {}, body = '', afterMs = 0 } = typeof reply === 'number' ? { status: reply } : reply;
      const answer = () => {
        entry.status = status;
        response.writeHead(status, headers).end(body);
        this.#changed();
      };
      if (afterMs > 0) this.#later(answer, afterMs);
      else answer();
    }
    this.#changed();
  }

  /** Whoever waits looks through all that was received, so a few deliveries are looked at together. */
  #changed(): void {
    if (this.#waiting.size === 0 || this.#looking) return;
    this.#looking = true;
    // The timers of Node itself: a test may let those of its own stand still.
    setRealTimeout(() => {
      this.#looking = false;
      for (const check of [...this.#waiting]) check();
    }, LOOK_MS);
  }

  #later(answer: () => void, afterMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      answer();
    }, afterMs);
    this.#timers.add(timer);
  }

  #misbehave(reply: 'hang' | 'reset' | 'reset-mid-body' | 'endless-body', response: ServerResponse): void {
    if (reply === 'reset') response.socket?.resetAndDestroy();
    if (reply === 'reset-mid-body') {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setImmediate(() => response.socket?.resetAndDestroy());
    }
    if (reply === 'endless-body') {
      response.writeHead(200);
      const chunk = Buffer.alloc(16_384, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    }
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
