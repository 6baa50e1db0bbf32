// Answers that end at once, over HTTP/1.1 and HTTP/2 alike: problems (RFC 9457) and JSON, with CORS for browsers anywhere.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';

export type HttpAnswer = ServerResponse | Http2ServerResponse;

/** Nobody takes the answer any more. That of HTTP/2 has no `destroyed`; its stream is closed whenever it is destroyed. */
export function isGone(response: HttpAnswer): boolean {
  return 'stream' in response ? response.stream.closed : response.destroyed;
}

/** No cookies are read, so any origin may ask; a key or token is what opens. */
export const CORS: OutgoingHttpHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ess-cursor, ess-truncated, link, retry-after',
};

/** What a browser asks before it sends a long Last-Event-ID or a key to another origin. */
export const PREFLIGHT: OutgoingHttpHeaders = {
  ...CORS,
  'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
  'access-control-allow-headers':
    'authorization, x-api-key, last-event-id, cache-control, accept, content-type, ess-client',
  'access-control-max-age': '600',
};

export class HttpProblem extends Error {
  readonly status: number;
  readonly title: string;
  readonly headers: OutgoingHttpHeaders;
  constructor(status: number, title: string, detail: string, headers: OutgoingHttpHeaders = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
  }
}

export function answer(response: HttpAnswer, status: number, headers: OutgoingHttpHeaders, body = ''): void {
  const all = { ...CORS, 'cache-control': 'no-store', ...headers };
  if (status !== 204) Object.assign(all, { 'content-length': Buffer.byteLength(body) });
  // One signature of two classes.
  (response as ServerResponse).writeHead(status, all);
  (response as ServerResponse).end(body);
}

export function answerProblem(response: HttpAnswer, { status, title, message, headers }: HttpProblem): void {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: message });
  answer(response, status, { 'content-type': 'application/problem+json', ...headers }, body);
}

export function answerJson(response: HttpAnswer, body: unknown, headers: OutgoingHttpHeaders = {}): void {
  answer(response, 200, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}
