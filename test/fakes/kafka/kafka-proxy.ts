// A wire between a client and Kafka that can be cut at an exact step: before a request reaches the broker, or after the
// broker has answered it and before the client knows. Understands only the frames' heads (Kafka protocol guide: size, API
// key, version, correlation id), and puts its own port where the broker names its address.
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** API keys of the steps of a transaction. */
export const API = {
  Produce: 0,
  InitProducerId: 22,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
} as const;
const KEYS = { ...API, JoinGroup: 11 } as const;

export interface Cut {
  readonly api: keyof typeof KEYS;
  /** `asked`: the broker never sees the request. `answered`: the broker has done it, the client does not learn so. */
  readonly when: 'asked' | 'answered';
  /** Lets so many pass first. */
  readonly after?: number;
}

const HEAD_BYTES = 4;

export class KafkaProxy implements AsyncDisposable {
  readonly address: string;
  /** Resolves when the wire is cut: from then on nothing passes in either direction. */
  readonly reached: Promise<void>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #wire: Wire;
  #requests = 0;

  private constructor(server: Server, broker: { host: string; port: number }, cut: Cut | undefined) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.address = `${broker.host}:${port}`;
    const reached = Promise.withResolvers<void>();
    this.reached = reached.promise;
    const wire = new Wire(cut, reached.resolve, named(broker.host, broker.port), named(broker.host, port));
    this.#wire = wire;
    server.on('connection', (client) => {
      const upstream = connect(broker.port, broker.host);
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
      }
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
      const apis = new Map<number, number>();
      client.on(
        'data',
        frames((frame) => {
          this.#requests += 1;
          if (wire.request(frame, apis)) upstream.write(frame);
        }),
      );
      upstream.on(
        'data',
        frames((frame) => wire.response(frame, apis) && client.write(frame)),
      );
    });
  }

  /** That a client has sent so far. */
  get requests(): number {
    return this.#requests;
  }

  /** @param cut absent: nothing is cut until `cut` is called */
  static async start(broker: string, cut?: Cut): Promise<KafkaProxy> {
    const server = createServer();
    await listening(server, 0);
    const [host = '', port = ''] = broker.split(':');
    return new KafkaProxy(server, { host, port: Number(port) }, cut);
  }

  /** From now on nothing passes, as through a broker that is frozen. */
  cut(): void {
    this.#wire.cut();
  }

  /** Connections break, what was on its way is gone, and new ones work again. */
  heal(): void {
    this.#wire.heal();
    this.#breakAll();
  }

  /** As when the broker is killed: connections break, and new ones are refused. */
  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#breakAll();
    await closed;
  }

  /** After `down`: it listens again, at the same address. */
  up(): Promise<void> {
    return listening(this.#server, Number(this.address.split(':')[1]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}

const listening = (server: Server, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

class Wire {
  readonly #cut: Cut | undefined;
  readonly #reached: () => void;
  readonly #from: Buffer;
  readonly #to: Buffer;
  #left: number;
  #isCut = false;

  constructor(cut: Cut | undefined, reached: () => void, from: Buffer, to: Buffer) {
    this.#cut = cut;
    this.#left = cut?.after ?? 0;
    this.#reached = reached;
    this.#from = from;
    this.#to = to;
  }

  cut(): void {
    this.#isCut = true;
  }

  heal(): void {
    this.#isCut = false;
    this.#left = Number.POSITIVE_INFINITY;
  }

  /** @returns whether it may pass */
  request(frame: Buffer, apis: Map<number, number>): boolean {
    const api = frame.readInt16BE(HEAD_BYTES);
    apis.set(frame.readInt32BE(HEAD_BYTES + 4), api);
    return this.#passes('asked', api);
  }

  response(frame: Buffer, apis: Map<number, number>): boolean {
    const correlation = frame.readInt32BE(HEAD_BYTES);
    const api = apis.get(correlation);
    apis.delete(correlation);
    for (let at = frame.indexOf(this.#from); at >= 0; at = frame.indexOf(this.#from, at + 1)) this.#to.copy(frame, at);
    return this.#passes('answered', api);
  }

  #passes(when: Cut['when'], api: number | undefined): boolean {
    if (this.#isCut) return false;
    if (when !== this.#cut?.when || api !== KEYS[this.#cut.api]) return true;
    this.#left -= 1;
    if (this.#left >= 0) return true;
    this.#isCut = true;
    this.#reached();
    return false;
  }
}

/** An address as responses write it: the host's text, then the port as four bytes. */
function named(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(host.length + 4);
  bytes.write(host);
  bytes.writeInt32BE(port, host.length);
  return bytes;
}

function frames(each: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const size = HEAD_BYTES + rest.readInt32BE(0);
      if (rest.length < size) return;
      each(Buffer.from(rest.subarray(0, size)));
      rest = rest.subarray(size);
    }
  };
}
