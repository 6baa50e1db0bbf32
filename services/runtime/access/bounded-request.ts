// One request to a server that is not ours, for a small answer: bounded in bytes, in time from the connection to the last byte,
// and in where it may go. Redirects are not followed, nothing is unpacked, and no message holds more of the URL than its origin.
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TlsSettings } from '@ess/domain/connector/trust/tls.ts';
import { boundedText, TooLong } from '@ess/domain/text/bounded-text.ts';
import { bareHost } from '@ess/domain/values/network.ts';
import { nodeHttp } from '../node-http.ts';
import { besidePublic } from './authorities.ts';
import type { Reach } from './reach.ts';
import type { Via } from './tunnel.ts';
import { authorityOf, openTunnel } from './tunnel.ts';

/** A body of small chunks takes several times its bytes on the wire; its head is not more than a part of the bound. */
const WIRE_FACTOR = 8;

export interface BoundedRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Absent: wherever the URL leads. */
  readonly reach?: Reach;
  /** Its name counts for the partner alone, and is not used here. */
  readonly tls?: TlsSettings;
  /** Absent: straight there. */
  readonly via?: Via;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly text: string;
}

/** No answer that could be read; the message says whose, and holds nothing else of the URL and nothing of the answer. */
export class NoAnswer extends Error {
  /** Why no connection came about or held, with which the message ends; undefined: that was not the reason. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined, options: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws NoAnswer, also when the answer is longer than `maxBytes` or takes longer than `timeoutMs` */
export async function boundedRequest(url: URL, asked: BoundedRequest): Promise<BoundedAnswer> {
  const { maxBytes, timeoutMs } = asked;
  const timeout = AbortSignal.timeout(timeoutMs);
  let flooded = false;
  try {
    const answer = await answerTo(url, asked, timeout, () => {
      flooded = true;
    });
    const text = await boundedText(answer, maxBytes);
    timeout.throwIfAborted(); // a body that only the end of the connection ends looks whole when we ended it
    return { status: answer.statusCode ?? 0, text };
  } catch (cause) {
    const isLong = flooded || cause instanceof TooLong;
    const code = isLong || timeout.aborted ? undefined : brokenBy(cause);
    const other = isLong ? `answered more than ${maxBytes} bytes` : `did not answer in ${timeoutMs} ms`;
    const what = code === undefined ? other : `gave no answer: ${code}`;
    throw new NoAnswer(`${url.origin} ${what}`, code, { cause });
  }
}

function answerTo(url: URL, asked: BoundedRequest, signal: AbortSignal, onFlood: () => void): Promise<IncomingMessage> {
  const { method, headers, body, reach, via, timeoutMs } = asked;
  const tls = tlsFor(asked.tls);
  return new Promise((resolve, reject) => {
    const refused = reach?.refusalOf(url.hostname);
    if (refused) return reject(refused);
    const request = (url.protocol === 'https:' ? requestHttps : nodeHttp.request)(url, {
      method,
      signal,
      ...(via ? { createConnection: tunnelled(url, via, tls, timeoutMs) } : { agent: false }),
      headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
      insecureHTTPParser: false,
      ...(reach && { lookup: reach.lookup }),
      ...tls,
    });
    request.on('error', reject);
    request.once('socket', (socket) => boundWire(socket, asked.maxBytes * WIRE_FACTOR, onFlood));
    request.once('response', resolve);
    request.once('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new Error('changed the protocol'));
    });
    request.end(body);
  });
}

function tlsFor(tls: TlsSettings = {}): object {
  const { ca, cert, key, minVersion } = tls;
  return {
    ...(cert !== undefined && { cert, key }),
    ...(minVersion && { minVersion }),
    ...(ca !== undefined && { ca: besidePublic(ca) }),
  };
}

function tunnelled(url: URL, via: Via, tls: object, timeoutMs: number): RequestOptions['createConnection'] {
  return (_options, done) => {
    openTunnel(via, authorityOf(url), timeoutMs).then(
      (socket) => {
        const host = bareHost(url.hostname);
        const named = isIP(host) === 0 ? { servername: host } : {};
        if (url.protocol !== 'https:') return done(null, socket);
        done(null, connectTls({ socket, host, ...named, rejectUnauthorized: true, ...tls }));
      },
      (error: Error) => done(error, undefined as never),
    );
    return undefined;
  };
}

/** What is no body has no bound in a parser: hints before the answer, extensions of chunks, blanks around a header. */
function boundWire(socket: Socket, maxBytes: number, onFlood: () => void): void {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) return;
    onFlood();
    socket.destroy();
  });
}

function brokenBy(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error instanceof TypeError ? 'not UTF-8' : 'broken off';
}
