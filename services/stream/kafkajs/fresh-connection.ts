// A connection of kafkajs that is opened. kafkajs 2.2.4 keeps what it had read of an answer when the broker went away, and takes
// the first bytes of the next socket for its rest: no request is answered any more, or a length of nonsense ends the process.
// It also opens a socket for each request that finds the connection closed, and forgets all but the last.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

const inner = createRequire(import.meta.url);

/** The part of kafkajs's connection that reads answers. */
interface Connection {
  readonly socket?: Socket;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect(): Promise<unknown>;
}

/** Each answer begins with its length. */
const LENGTH_BYTES = 4;

/** From now on, in this thread, a connection opens one socket at a time, begins with nothing, and hears no more of its socket of before. */
export function beginAnew(): void {
  const { prototype } = inner('kafkajs/src/network/connection.js') as { readonly prototype: Connection };
  const { connect } = prototype;
  const opening = new WeakMap<Connection, Promise<unknown>>();
  prototype.connect = function (this: Connection): Promise<unknown> {
    const underWay = opening.get(this);
    if (underWay || this.isConnected()) return underWay ?? connect.call(this);
    this.socket?.destroy();
    this.chunks = [];
    this.bytesBuffered = 0;
    this.bytesNeeded = LENGTH_BYTES;
    const opened = connect.call(this).finally(() => opening.delete(this));
    opening.set(this, opened);
    return opened;
  };
}
