// One connection under guard: whose it is, what is asked on it, and since when nothing has come of it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2';
import type { Socket } from 'node:net';

export type GuardedRequest = IncomingMessage | Http2ServerRequest;
export type GuardedResponse = ServerResponse | Http2ServerResponse;

/** A request from its head to the end of its answer. */
export interface Visit {
  readonly connection: GuardedConnection;
  readonly response: GuardedResponse;
  /** On the guard's clock. */
  readonly beganAt: number;
  /** The address against which it counts as long as nobody knows who asks; undefined: against none. */
  readonly holder: string | undefined;
  /** `known`: it has shown who it is. `stream`: it is also answered without end, and whoever writes the stream bounds it. */
  kind: 'anonymous' | 'known' | 'stream';
  /** When the end of its answer was first seen to have been written, on the guard's clock. */
  endedAt: number | undefined;
}

/**
 * What Node's own timers look at too: `bytesWritten` and `writableLength` of a socket do not change while a large write is
 * under way, and are silent about what TLS and HTTP/2 write past it.
 */
interface Handle {
  readonly bytesWritten?: number;
  readonly writeQueueSize?: number;
}

export class GuardedConnection {
  readonly socket: Socket;
  /** Address and port of the client, as the guard knows it. */
  readonly peer: string;
  /** Undefined: a trusted proxy's, which is nobody's in particular. */
  readonly holder: string | undefined;
  /** Nobody has shown on it who it is. */
  isAnonymous: boolean;
  session: Http2Session | undefined;
  /** What speaks TLS over `socket`; whoever ends it leaves `socket` looking as before. */
  encrypted: Socket | undefined;
  readonly visits = new Set<Visit>();
  /** Since when no request is at work here, on the guard's clock. */
  restingSince: number;
  /** It was told to go, and has until the next look. */
  isLeaving = false;
  #taken = 0;
  #takenAt: number;

  constructor(socket: Socket, peer: string, holder: string | undefined, now: number) {
    this.socket = socket;
    this.peer = peer;
    this.holder = holder;
    this.isAnonymous = holder !== undefined;
    this.restingSince = now;
    this.#takenAt = now;
  }

  /** Since when the client has taken nothing although there is something for it, on the guard's clock; undefined: it takes. */
  blockedSince(now: number): number | undefined {
    const handle = (this.socket as unknown as { readonly _handle?: Handle | null })._handle;
    const queued = handle?.writeQueueSize ?? this.socket.writableLength;
    const taken = (handle?.bytesWritten ?? this.socket.bytesWritten) - queued;
    // With HTTP/2 the client's window may keep everything back before it comes to the socket.
    const waits = queued > 0 || (this.session !== undefined && [...this.visits].some(hasMore));
    if (!waits || taken !== this.#taken) this.#takenAt = now;
    this.#taken = taken;
    return this.#takenAt === now ? undefined : this.#takenAt;
  }

  /** At once and without a trace in the kernel: what the client has not read would be kept there for minutes. */
  cut(): void {
    // One whose end is under way can be reset no more: Node would neither close it nor say so.
    if (this.socket.writableEnded || this.encrypted?.writableEnded) return void this.socket.destroy();
    try {
      this.socket.resetAndDestroy();
    } catch {
      this.socket.destroy(); // it is half gone already
    }
  }
}

const hasMore = ({ kind, response }: Visit): boolean => kind === 'known' && response.writableLength > 0;

/** A stream may be written past the response: to the socket, or to the stream of HTTP/2. */
export function isEnded({ connection, response }: Visit): boolean {
  const { stream } = response as Partial<Http2ServerResponse>;
  return response.writableEnded || (stream ?? connection.socket).writableEnded;
}

/**
 * What a chunk of 64 kB holds is read to its end, also when its connection is gone by then: thousands of requests, which Node
 * makes for nobody. This tells its parser that what follows is another protocol.
 */
export function readNoMore({ socket }: IncomingMessage): void {
  const { parser } = socket as unknown as { readonly parser?: { onIncoming?: unknown } | null };
  if (parser && typeof parser.onIncoming === 'function') parser.onIncoming = () => UPGRADED;
}
const UPGRADED = 2;
