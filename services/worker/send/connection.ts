// One connection to a partner, between the socket and undici's parser. Interim answers (1xx) are taken out: the parser breaks off at a
// `100 Continue`, and the answer behind it would be lost. Of an answer whose status is not known yet the bytes are kept: when the
// parser gives up on them, answer-head.ts may still read the status. A request costs three calls more here, and no allocation.
// It rests on one request at a time per connection; where there are more it is a Pipe (pipe.ts).
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { endOfHead, HEAD_MAX_BYTES, readHead } from './answer-head.ts';

/** Who waits for the answer to the request that is being written. */
export interface Awaits {
  goesBy(connection: Carrier): void;
}

/** What a request goes by: a Connection, or a Pipe. */
export interface Carrier {
  /** A request is being written. */
  begins(): void;
  /** Requests written so far, the newest included. */
  readonly requests: number;
  /** It had been used before, and has not said one byte to the current request. */
  readonly wasIdle: boolean;
  /** The status is known: nothing is kept any more. */
  understood(): void;
  /** What came of the answer to the current request, without interim ones; undefined when its status is known. Absent: nothing is kept. */
  readonly head?: Buffer | undefined;
  /** The partner takes no more requests by it. Absent: undici sees to it. */
  end?(): void;
  /** We end it, before its requests are answered. */
  isOurs?: boolean;
}

export const CUT = Object.assign(new Error('cut'), { code: 'ESS_CUT' });

/** What the connections of one sender share. */
export interface Wire {
  /** Its request is written next. */
  starting: Awaits | undefined;
  /** The partner's answers are odd: their heads are made strict before the parser sees them. */
  isCareful: boolean;
  /** The newest connection speaks HTTP/2: then no Connection tells when a request is written. */
  isHttp2: boolean;
  /** Whether a request that has waited may still go out. */
  readonly mayStart: () => boolean;
  /** Told of a pipe that the partner has ended with requests in it. */
  readonly pipeBroke: () => void;
  /** Answers that have come by pipes. */
  pipeAnswers: number;
}

/** As many bytes of interim answers are passed over: a hundred with headers are a few kB. */
const INTERIM_MAX_BYTES = 1_048_576;
/** The first digit of the status, behind `HTTP/1.1 `. */
const STATUS_AT = 9;
const DIGIT_ONE = 0x31;
const INTERIM = /^HTTP\/1\.\d 1(?!01)\d\d[ \r\n]/;
/** As much as INTERIM looks at. */
const INTERIM_BYTES = 13;

/** Whether the partner has chosen HTTP/2 for a connection. */
export const speaksHttp2 = (socket: Socket): boolean => 'alpnProtocol' in socket && socket.alpnProtocol === 'h2';

/** Each socket that `connect` gives is a `Way` from then on, but for those of HTTP/2. */
export function watched(
  connect: buildConnector.connector,
  wire: Wire,
  Way: new (socket: Socket, wire: Wire) => Carrier,
): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...given) => {
      const [, socket] = given;
      if (socket) wire.isHttp2 = speaksHttp2(socket);
      if (socket && !wire.isHttp2) hearRequests(socket, wire, new Way(socket, wire));
      callback(...given);
    });
}

function hearRequests(socket: Socket, wire: Wire, carrier: Carrier): void {
  const { write } = socket;
  socket.write = ((chunk: string, encoding: BufferEncoding, callback: () => void) => {
    const { starting } = wire;
    if (starting) {
      wire.starting = undefined;
      carrier.begins();
      starting.goesBy(carrier);
    }
    return write.call(socket, chunk, encoding, callback);
  }) as typeof write;
}

export class Connection implements Carrier {
  readonly #socket: Socket;
  readonly #wire: Wire;
  #requests = 0;
  #isAwaited = false;
  #isHeard = false;
  /** The parser has the beginning of the answer: what follows is its business. */
  #passes = false;
  #head: Buffer | undefined;
  #interimBytes = 0;

  constructor(socket: Socket, wire: Wire) {
    this.#socket = socket;
    this.#wire = wire;
    const { read } = socket;
    socket.read = (size) => {
      for (;;) {
        const chunk = read.call(socket, size);
        if (chunk === null || !this.#isAwaited) return chunk;
        const passed = this.#take(chunk as Buffer);
        if (passed) return passed;
      }
    };
  }

  get requests(): number {
    return this.#requests;
  }

  get wasIdle(): boolean {
    return this.#requests > 1 && !this.#isHeard;
  }

  get head(): Buffer | undefined {
    return this.#head;
  }

  understood(): void {
    this.#isAwaited = false;
    this.#head = undefined;
  }

  end(): void {
    queueMicrotask(() => this.#socket.destroy());
  }

  begins(): void {
    this.#requests += 1;
    this.#isAwaited = true;
    this.#isHeard = false;
    this.#passes = false;
    this.#head = undefined;
    this.#interimBytes = 0;
  }

  /** @returns what the parser is to see now, if anything */
  #take(chunk: Buffer): Buffer | undefined {
    this.#isHeard = true;
    // The parser does not count all that is in a head, such as blanks.
    if (this.#head && this.#head.length > HEAD_MAX_BYTES) {
      this.#socket.destroy(new Error('the head of the answer is too long'));
      return undefined;
    }
    this.#head = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
    if (this.#passes) return chunk;
    for (;;) {
      const head: Buffer = withoutBlankLines(this.#head);
      this.#head = head;
      if (head.length < INTERIM_BYTES && !head.includes(10)) return undefined;
      if (head[STATUS_AT] !== DIGIT_ONE || !INTERIM.test(head.toString('latin1', 0, INTERIM_BYTES))) break;
      const end = endOfHead(head);
      if (end < 0 && head.length <= HEAD_MAX_BYTES) return undefined;
      if (end < 0 || this.#interimBytes > INTERIM_MAX_BYTES) break;
      this.#interimBytes += end;
      this.#head = head.subarray(end);
    }
    if (this.#wire.isCareful) {
      const end = endOfHead(this.#head);
      if (end < 0 && this.#head.length <= HEAD_MAX_BYTES) return undefined;
      const read = readHead(this.#head);
      this.#passes = true;
      if (read.kind === 'head') return Buffer.concat([Buffer.from(read.strict, 'latin1'), this.#head.subarray(end)]);
    }
    this.#passes = true;
    return this.#head;
  }
}

/** Some servers end what they have said before with a line too many. */
function withoutBlankLines(bytes: Buffer): Buffer {
  let from = 0;
  while (bytes[from] === 13 || bytes[from] === 10) from += 1;
  return from === 0 ? bytes : bytes.subarray(from);
}
