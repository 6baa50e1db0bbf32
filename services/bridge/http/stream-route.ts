// GET /stream: from who asks and where it wants to begin to a client of the hub.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Channel } from '../live/channel.ts';
import type { Hub } from '../live/hub.ts';
import { StreamClient } from '../live/stream-client.ts';
import type { Principal, Principals } from '../principals.ts';
import type { Receipts } from '../receipts/receipts.ts';
import type { Outlet } from '../sse/outlet.ts';
import { SocketOutlet, WritableOutlet } from '../sse/outlet.ts';
import { spanOf } from '../sse/span.ts';
import { everythingBefore, gapLines } from '../topic/gap.ts';
import type { Vector } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import { unauthorized } from './admission.ts';
import { clientName } from './client-name.ts';
import type { HttpAnswer } from './http-answer.ts';
import { answer, CORS, HttpProblem, isGone } from './http-answer.ts';
import { heldAt, positionAt, readPlace } from './place.ts';

export interface StreamLimits {
  readonly clients: number;
  readonly clientsPerPartner: number;
  /** A browser tries again after this time and up to as much more, ms. */
  readonly retryMs: number;
  readonly busyRetryMs: number;
}

export interface StreamRoute {
  readonly hub: Hub;
  readonly principals: Principals;
  readonly receipts: Pick<Receipts, 'brought' | 'streams'>;
  readonly limits: StreamLimits;
  /** Set when the process goes down, or is not ready: new streams are sent away to come back. */
  readonly busy: () => string | undefined;
  readonly onBusy: (reason: string) => void;
  /** This request is answered without end from here on. */
  readonly onStream: (request: object) => void;
}

const HEADERS: OutgoingHttpHeaders = {
  ...CORS,
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  vary: 'accept-encoding',
};

export async function stream(
  route: StreamRoute,
  request: IncomingMessage,
  response: HttpAnswer,
  url: URL,
): Promise<void> {
  const { hub, principals, receipts } = route;
  const lastEventId = header(request, 'last-event-id');
  const admission = await principals.admit(request, url.searchParams.get('access_token'));
  // Its `close` has been already: a client that joined now would never leave.
  if (isGone(response)) return;
  if (admission.kind === 'unauthorized') throw unauthorized(admission.detail);
  if (admission.kind === 'later') return busy(route, response, 'keys');
  if (admission.kind === 'disabled') {
    // A native EventSource that was streaming stops for good at 204.
    if (lastEventId) return answer(response, 204, {});
    throw new HttpProblem(403, 'No stream', 'this partner has no stream');
  }
  const { principal } = admission;
  const why = overload(route, principal);
  if (why !== undefined) return busy(route, response, why);
  const channel = hub.channels.get(principal.partner);
  if (!channel) return busy(route, response, 'starting');
  const { view } = channel;
  const place = readPlace(view, hub.publicLog, hub.source.partitions.length, lastEventId, url.searchParams);
  const name = clientName(request, url);
  const held = heldAt(place);
  if (held) receipts.brought(principal.partner, name, held);
  if (request.method === 'HEAD') return answer(response, 200, HEADERS);

  route.onStream(request);
  const outlet = openOutlet(request, response);
  const client = new StreamClient(principal, outlet, hub.nextSlot(), (one, blocked) => channel.blocked(one, blocked));
  const gone = receipts.streams(principal.partner, name);
  response.once('close', () => {
    hub.leave(channel, client);
    gone();
  });
  hub.join(channel, client);
  client.write(spanOf(`retry: ${jittered(route.limits.retryMs)}\n\n`));
  if (place.kind === 'left') return void channel.serve(client);
  if (place.kind === 'now') return beginNow(channel, client, view, place.isGap);
  if (place.kind === 'position') {
    const spot = channel.log.find(place.cursor, place.vector);
    if (!spot) return void channel.serve(client, place.vector);
    if (spot.rest) client.write(spot.rest);
    return client.attach(channel.log, spot.seq);
  }
  await beginAt(hub, channel, client, place);
}

/** Live from here on. The first id is given at once: who loses the connection before the first event misses nothing. */
function beginNow(channel: Channel, client: StreamClient, view: View, isGap: boolean): void {
  const { log } = channel;
  log.close();
  const lost = isGap ? everythingBefore(log.vector) : [];
  if (isGap) channel.onLost(lost);
  client.write(spanOf(`id: ${log.cursor()}\n${isGap ? gapLines(lost) : ''}\n`));
  if (channel.view === view) client.attach(log, log.end);
  else void channel.serve(client, [...log.vector]);
}

async function beginAt(
  hub: Hub,
  channel: Channel,
  client: StreamClient,
  { sinceMs, isCursor }: { readonly sinceMs: number; readonly isCursor: boolean },
): Promise<void> {
  while (client.open) {
    try {
      const { changes } = hub.publicLog;
      const { vector, truncated } = await positionAt(hub.source, sinceMs);
      if (changes !== hub.publicLog.changes) continue;
      const id = `id: ${channel.view.cursor(vector, sinceMs)}\n`;
      const gap = isCursor && truncated.length > 0 ? gapLines(truncated) : '';
      client.write(spanOf(`${id}${gap}\n`));
      return void channel.serve(client, vector as Vector);
    } catch {
      // Kafka is away: the stream stays open, and begins when it is back.
      await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 500));
    }
  }
}

/** 200, a time to come back after, and the end: after anything else a native EventSource would never come back. */
export function busy({ limits, onBusy }: StreamRoute, response: HttpAnswer, reason: string): void {
  onBusy(reason);
  const body = `retry: ${jittered(limits.busyRetryMs)}\nevent: ess.busy\ndata: ${JSON.stringify({ reason })}\n\n`;
  answer(response, 200, HEADERS, body);
}

export function jittered(ms: number): number {
  return Math.round(ms * (1 + Math.random()));
}

function overload({ hub, limits, busy: going }: StreamRoute, { partner }: Principal): string | undefined {
  const why = going();
  if (why !== undefined) return why;
  if (hub.clients >= limits.clients) return 'full';
  return (hub.channels.get(partner)?.clients.length ?? 0) >= limits.clientsPerPartner ? 'limit' : undefined;
}

/** Answers with the head at once, so that the browser opens; the rest goes past Node's HTTP layer where it can. */
function openOutlet(request: IncomingMessage, response: HttpAnswer): Outlet {
  const gzip = acceptsGzip(header(request, 'accept-encoding') ?? '');
  const headers = { ...HEADERS, ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
  if (request.httpVersionMajor === 2) {
    const { stream: writable } = response as Http2ServerResponse;
    (response as Http2ServerResponse).writeHead(200, headers);
    return new WritableOutlet(writable, gzip);
  }
  const http1 = response as ServerResponse;
  http1.writeHead(200, { ...headers, connection: 'close' });
  http1.flushHeaders();
  // HTTP/1.0 knows no chunks, and a request behind another one in its connection has no socket yet.
  const direct = request.httpVersion === '1.1' && http1.socket !== null;
  return direct ? new SocketOutlet(http1.socket, gzip) : new WritableOutlet(http1, gzip);
}

function acceptsGzip(accepted: string): boolean {
  return accepted.split(',').some((one) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$)[\d.]+\s*)?$/i.test(one));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
