// One answer of a bridge as it came: status, headers, and every byte of the body, read by the strict parser as well. Nothing
// reconnects here, and no HTTP client stands between that would repair or reject what a browser has to live with.
import type { OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { eventually, PATIENCE_MS } from '../../harness/deadline.ts';
import { Documents, EventStreamParser } from './event-stream-parser.ts';

export interface Question {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export class WireAnswer implements Disposable {
  readonly status: number;
  readonly headers: Headers;
  readonly parser = new EventStreamParser();
  ended = false;
  #bytes = Buffer.alloc(0);
  readonly #close: () => void;
  readonly #documents = new Documents();

  constructor(status: number, headers: Headers, body: Readable, close: () => void) {
    this.status = status;
    this.headers = headers;
    this.#close = close;
    const plain = headers['content-encoding'] === 'gzip' ? body.pipe(createGunzip()) : body;
    body.on('error', () => undefined); // a cut is what some tests are about
    plain.on('error', () => undefined);
    plain.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.parser.feed(chunk);
    });
    plain.once('close', () => {
      this.ended = true;
    });
  }

  /** The body so far. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get text(): string {
    return this.#bytes.toString();
  }

  /** Messages, parsed. */
  get documents(): ReadonlyArray<Record<string, unknown>> {
    return this.#documents.of(this.parser.events);
  }

  until(what: string, holds: (answer: this) => boolean, timeoutMs = PATIENCE_MS): Promise<true> {
    return eventually(what, () => (holds(this) ? true : undefined), { timeoutMs });
  }

  /** Resolves when the answer has ended. */
  end(): Promise<true> {
    return this.until('the end of the answer', ({ ended }) => ended);
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

export function ask(url: string, { method = 'GET', headers = {} }: Question = {}): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false });
    asked.once('error', reject);
    asked.once('response', (answer) =>
      resolve(new WireAnswer(answer.statusCode ?? 0, answer.headers, answer, () => answer.destroy())),
    );
    asked.end();
  });
}

/** Over HTTP/2 without TLS. */
export function askHttp2(url: string, { method = 'GET', headers = {} }: Question = {}): Promise<WireAnswer> {
  const { origin, pathname, search } = new URL(url);
  const session = connectHttp2(origin);
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    const asked = session.request({ ...headers, ':method': method, ':path': pathname + search });
    asked.once('error', reject);
    asked.once('response', (answer) =>
      resolve(new WireAnswer(answer[':status'] ?? 0, answer as Headers, asked, () => session.destroy())),
    );
    asked.end();
  });
}

/** As an old proxy asks, which knows no chunks: the body is all that comes before the end. */
export function askHttp10(url: string, { method = 'GET', headers = {} }: Question = {}): Promise<WireAnswer> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${pathname}${search} HTTP/1.0\r\n${lines.join('')}\r\n`);
  return new Promise((resolve, reject) => {
    let head = '';
    socket.once('error', reject);
    socket.on('data', function read(chunk: Buffer) {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', read);
      socket.pause();
      socket.unshift(Buffer.from(head.slice(end + 4), 'latin1'));
      const [first = '', ...fields] = head.slice(0, end).split('\r\n');
      const pairs = fields.map((field) => [field.split(':', 1)[0]?.toLowerCase(), field.replace(/^[^:]*:\s*/, '')]);
      resolve(new WireAnswer(Number(first.split(' ')[1]), Object.fromEntries(pairs), socket, () => socket.destroy()));
      socket.resume();
    });
  });
}
