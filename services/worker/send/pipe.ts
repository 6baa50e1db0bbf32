// One connection to a partner that takes more requests before it has answered the first (`deliver.pipelining`; RFC 9112, 9.3.2).
// All requests that begin together, behind the answers of one read say, leave by one write: that costs the kernel as much as a
// single one does. When a pipe ends, undici starts the requests behind the first one anew, and exchange.ts decides what becomes
// of them.
import type { Socket } from 'node:net';
import type { Carrier, Wire } from './connection.ts';
import { CUT } from './connection.ts';

export class Pipe implements Carrier {
  readonly #socket: Socket;
  readonly #wire: Wire;
  #requests = 0;
  #answers = 0;
  /** Bytes that had been read when a request was written to the idle pipe. */
  #readBefore = 0;
  /** Its writes wait until what is being handled is handled. */
  #isHeld = false;
  isOurs = false;

  constructor(socket: Socket, wire: Wire) {
    this.#socket = socket;
    this.#wire = wire;
    socket.once('close', () => {
      if (this.#requests > this.#answers && !this.isOurs && !this.wasIdle) wire.pipeBroke();
    });
  }

  get requests(): number {
    return this.#requests;
  }

  /** The partner had answered all, and has not said one byte since. */
  get wasIdle(): boolean {
    return this.#answers > 0 && this.#socket.bytesRead === this.#readBefore;
  }

  understood(): void {
    this.#answers += 1;
    this.#wire.pipeAnswers += 1;
  }

  begins(): void {
    if (this.#answers === this.#requests) this.#readBefore = this.#socket.bytesRead;
    this.#requests += 1;
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#socket.cork();
    // Not at the end of the loop's turn: what all connections have answered would leave together then, come back together, and
    // find nothing to do in between (bench S2: a tenth fewer deliveries).
    process.nextTick(() => {
      this.#isHeld = false;
      // A process that was frozen since wakes here: what it holds is another worker's by now.
      if (!this.#wire.mayStart()) this.#socket.destroy(CUT);
      this.#socket.uncork();
    });
  }
}
