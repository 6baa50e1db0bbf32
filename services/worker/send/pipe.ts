// One connection to a partner that takes more requests before it has answered the first (`deliver.pipelining`; RFC 9112, 9.3.2).
// All requests of one turn of the loop leave by one write: that costs the kernel as much as a single one does. undici sends what
// is left of a pipe once more when it ends in good order, or by a request that was cut.
import type { Socket } from 'node:net';
import type { Carrier, Wire } from './connection.ts';

export class Pipe implements Carrier {
  readonly #socket: Socket;
  #requests = 0;
  #answers = 0;
  /** Bytes that had been read when the oldest request without an answer was written to an idle pipe. */
  #readBefore = 0;
  /** Its writes wait for the end of this turn. */
  #isHeld = false;
  /** undici's parser has the bytes alone. */
  readonly head = undefined;
  failure: Error | undefined;

  constructor(socket: Socket, wire: Wire) {
    this.#socket = socket;
    const { write } = socket;
    socket.write = ((chunk: string, encoding: BufferEncoding, callback: () => void) => {
      const { starting } = wire;
      if (starting) {
        wire.starting = undefined;
        this.#begin();
        starting.goesBy(this);
      }
      return write.call(socket, chunk, encoding, callback);
    }) as typeof write;
  }

  get requests(): number {
    return this.#requests;
  }

  /** It had been used before and was idle, and has not said one byte since. */
  get wasIdle(): boolean {
    return this.#readBefore > 0 && this.#socket.bytesRead === this.#readBefore;
  }

  understood(): void {
    this.#answers += 1;
  }

  /** The partner ends it in good order, and undici sends the others once more. */
  end(): void {}

  #begin(): void {
    if (this.#answers === this.#requests) this.#readBefore = this.#socket.bytesRead;
    this.#requests += 1;
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#isHeld = false;
      this.#socket.uncork();
    });
  }
}
