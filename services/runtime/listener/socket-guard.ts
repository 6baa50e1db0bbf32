// What bounds the connections of a listener, so that strangers can shut nobody out:
// - a connection on which nothing comes to pass for 15 s is cut: no whole request, no answer taken, no stream open in HTTP/2;
// - one address holds a bounded number of connections, and of requests at work, of which nobody knows whose they are;
// - all together hold fewer descriptors than the process has; when there is no room the oldest unknown one gives way.
// Progress is judged from time to time by counters that exist anyway: nothing here is done per byte, write or event.
import type { IncomingMessage } from 'node:http';
import type { Http2ServerResponse, Http2Session } from 'node:http2';
import type { Server, Socket } from 'node:net';
import type { AddressRange } from '@ess/domain/values/network.ts';
import { nodeHttp } from '../node-http.ts';
import { forwardedHolder, holderOf, isIn } from './client-address.ts';
import type { GuardedRequest, GuardedResponse, Visit } from './guarded-connection.ts';
import { GuardedConnection, isEnded, readNoMore } from './guarded-connection.ts';

/**
 * A closed list, a label of metrics: too many of one `address`, all `full`, too much in one connection (`pipelined`),
 * nothing asked (`idle`), an answer that is not taken or a request that does not end (`stalled`), no descriptor (`accept`).
 */
export type CutReason = 'address' | 'full' | 'pipelined' | 'idle' | 'stalled' | 'accept';

export interface GuardOptions {
  /** At the same time, whoever's; see connectionBudget. */
  readonly connections: number;
  /** Connections, and requests at work, of one address that has not shown who it is. */
  readonly anonymousPerAddress: number;
  /** Their connections carry many clients: only requests are counted, by the address that the proxy names. */
  readonly proxies?: readonly AddressRange[];
  readonly stallMs?: number;
  readonly onCut: (reason: CutReason, holder: string) => void;
}

interface Count {
  connections: number;
  requests: number;
}

/** Without progress for so long, a connection goes. */
const STALL_MS = 15_000;
const LOOKS_PER_STALL = 30;
/** Requests of one HTTP/1.1 connection at work; one chunk of 64 kB would hold thousands. */
export const MAX_PIPELINED = 32;
const RETRY_AFTER_S = 2;

export class SocketGuard {
  readonly #options: GuardOptions;
  readonly #lookMs: number;
  readonly #stallMs: number;
  readonly #timer: NodeJS.Timeout;
  /** By the peer's address and port: TLS and HTTP/2 show another socket than the one that was accepted. */
  readonly #connections = new Map<string, GuardedConnection>();
  /** Oldest first. */
  readonly #anonymous = new Set<GuardedConnection>();
  readonly #counts = new Map<string, Count>();
  readonly #visits = new WeakMap<GuardedRequest, Visit>();
  /** Milliseconds in which this process ran: a process that was frozen must not take it for its clients' silence. */
  #clock = 0;
  #lookedAt = performance.now();

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#stallMs = options.stallMs ?? STALL_MS;
    this.#lookMs = this.#stallMs / LOOKS_PER_STALL;
    this.#timer = setInterval(() => this.#look(), this.#lookMs).unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  get anonymous(): number {
    return this.#anonymous.size;
  }

  /** Every connection of this server is bounded from now on. Call it before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#take(socket));
    server.on('secureConnection', (encrypted: Socket) => {
      const connection = this.#connections.get(peerOf({ socket: encrypted }) ?? '');
      if (connection) connection.encrypted = encrypted;
    });
    // Without a listener a failed accept would end the process, and every open stream with it.
    server.on('error', () => server.listening && this.#options.onCut('accept', ''));
  }

  /** An HTTP/2 session has begun on a connection of ours. */
  session(session: Http2Session): void {
    const connection = this.#connections.get(peerOf(session) ?? '');
    if (connection) connection.session = session;
  }

  /** @returns false: the request was answered or cut here, and is nobody's business any more */
  admits(request: GuardedRequest, response: GuardedResponse): boolean {
    const connection = this.#connections.get(peerOf(request) ?? '');
    if (!connection || connection.socket.destroyed) return false;
    if (!connection.session && connection.visits.size >= MAX_PIPELINED) {
      readNoMore(request as IncomingMessage);
      this.#cut(connection, 'pipelined');
      return false;
    }
    const asker = connection.holder ?? forwardedHolder(request.headers, this.#options.proxies ?? []);
    const isOne = asker === undefined || this.#has(asker, 'requests') < this.#options.anonymousPerAddress;
    const holder = isOne ? asker : undefined;
    this.#add(holder, 'requests');
    const visit: Visit = { connection, response, beganAt: this.#clock, holder, kind: 'anonymous', endedAt: undefined };
    connection.visits.add(visit);
    response.once('close', () => this.#over(visit));
    if (isOne) this.#visits.set(request, visit);
    else {
      this.#options.onCut('address', asker);
      refuse(response, connection);
    }
    return isOne;
  }

  /** The request has shown who it is: neither it nor its connection counts as a stranger's any more. */
  known(request: object): void {
    const visit = this.#visits.get(request as GuardedRequest);
    // One that is over by now has been taken off already.
    if (visit?.kind !== 'anonymous' || !visit.connection.visits.has(visit)) return;
    visit.kind = 'known';
    this.#forget(visit.holder, 'requests');
    this.#recognise(visit.connection);
  }

  /** It is answered by a stream: silence is no fault of its, and whoever writes to it knows when it does not read. */
  streams(request: object): void {
    this.known(request);
    const visit = this.#visits.get(request as GuardedRequest);
    if (visit) visit.kind = 'stream';
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #take(socket: Socket): void {
    const peer = peerOf({ socket });
    const address = holderOf(socket.remoteAddress);
    if (peer === undefined || address === undefined) return void socket.destroy(); // it has gone already
    const { proxies = [], anonymousPerAddress, connections } = this.#options;
    const holder = isIn(proxies, socket.remoteAddress) ? undefined : address;
    const connection = new GuardedConnection(socket, peer, holder, this.#clock);
    socket.on('error', () => undefined); // a reset connection is an end like any other
    if (holder !== undefined && this.#has(holder, 'connections') >= anonymousPerAddress)
      return this.#cut(connection, 'address');
    if (this.#connections.size >= connections && !this.#makeRoom()) return this.#cut(connection, 'full');
    this.#connections.set(peer, connection);
    this.#add(holder, 'connections');
    if (holder !== undefined) this.#anonymous.add(connection);
    socket.once('close', () => {
      this.#leave(connection);
      // Node does not tell answers that queue behind another one that their connection has gone.
      setImmediate(() => {
        for (const { response } of connection.visits) {
          response.destroy();
          response.emit('close');
        }
      });
    });
  }

  /** The oldest that nobody knows: whoever means well has shown who it is a moment after it came. */
  #makeRoom(): boolean {
    const [oldest] = this.#anonymous;
    if (!oldest) return false;
    this.#cut(oldest, 'full');
    this.#leave(oldest);
    return true;
  }

  #leave(connection: GuardedConnection): void {
    const { peer } = connection;
    if (this.#connections.get(peer) === connection) this.#connections.delete(peer);
    this.#recognise(connection);
  }

  #recognise(connection: GuardedConnection): void {
    if (!connection.isAnonymous) return;
    connection.isAnonymous = false;
    if (this.#anonymous.delete(connection)) this.#forget(connection.holder, 'connections');
  }

  #over(visit: Visit): void {
    const { connection } = visit;
    if (!connection.visits.delete(visit)) return;
    if (visit.kind === 'anonymous') this.#forget(visit.holder, 'requests');
    if (connection.visits.size === 0) connection.restingSince = this.#clock;
  }

  #look(): void {
    const now = performance.now();
    this.#clock += Math.min(now - this.#lookedAt, 2 * this.#lookMs);
    this.#lookedAt = now;
    // One look early rather than late: it is to be gone by then.
    const latest = this.#clock - this.#stallMs + this.#lookMs;
    for (const connection of this.#connections.values()) {
      if (connection.visits.size > 0) this.#visited(connection, latest);
      else if (connection.restingSince <= latest) this.#dismiss(connection);
    }
  }

  #visited(connection: GuardedConnection, latest: number): void {
    let known = false;
    for (const visit of connection.visits) {
      if (isEnded(visit)) visit.endedAt ??= this.#clock;
      if (visit.kind === 'known') known = true;
      else if (visit.kind === 'stream') {
        // Its end is out; the client has as long to take it as for anything else.
        if (visit.endedAt !== undefined && visit.endedAt <= latest) this.#end(visit);
      }
      // However much of it is still to come or to be taken: what a stranger may have is small and said at once.
      else if (visit.kind === 'anonymous' && visit.beganAt <= latest) this.#end(visit);
    }
    const blockedSince = known ? connection.blockedSince(this.#clock) : undefined;
    if (blockedSince === undefined || blockedSince > latest) return;
    for (const visit of connection.visits) if (visit.kind === 'known') this.#end(visit);
  }

  /** In HTTP/2 only the one stream goes where the others may be somebody else's. */
  #end({ connection, response }: Visit): void {
    if (!connection.session || connection.isAnonymous) return this.#cut(connection, 'stalled');
    this.#options.onCut('stalled', connection.holder ?? '');
    (response as Http2ServerResponse).stream?.destroy();
  }

  #dismiss(connection: GuardedConnection): void {
    const { session } = connection;
    if (!session || connection.isLeaving) return this.#cut(connection, 'idle');
    connection.isLeaving = true;
    session.close(); // says so with a GOAWAY
  }

  #cut(connection: GuardedConnection, reason: CutReason): void {
    if (connection.socket.destroyed) return;
    this.#options.onCut(reason, connection.holder ?? '');
    connection.cut();
  }

  #has(holder: string, what: keyof Count): number {
    return this.#counts.get(holder)?.[what] ?? 0;
  }

  #add(holder: string | undefined, what: keyof Count): void {
    if (holder === undefined) return;
    const count = this.#counts.get(holder) ?? { connections: 0, requests: 0 };
    count[what] += 1;
    this.#counts.set(holder, count);
  }

  #forget(holder: string | undefined, what: keyof Count): void {
    const count = holder === undefined ? undefined : this.#counts.get(holder);
    if (holder === undefined || !count) return;
    count[what] -= 1;
    if (count.connections === 0 && count.requests === 0) this.#counts.delete(holder);
  }
}

function peerOf(from: {
  readonly socket?: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined;
}): string | undefined {
  try {
    const { remoteAddress, remotePort } = from.socket ?? {};
    return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
  } catch {
    return undefined; // an HTTP/2 session that is gone has no socket to ask
  }
}

function refuse(response: GuardedResponse, { session, holder }: GuardedConnection): void {
  const status = 429;
  const detail = 'too many requests without credentials from this address';
  response.statusCode = status;
  response.setHeader('content-type', 'application/problem+json');
  response.setHeader('retry-after', String(RETRY_AFTER_S));
  // A proxy's connection goes on: it is not the proxy that asks too much.
  if (!session && holder !== undefined) response.setHeader('connection', 'close');
  response.end(JSON.stringify({ type: 'about:blank', title: nodeHttp.STATUS_CODES[status], status, detail }));
}
