// The requests that wait for a connection of kafkajs, and for answers on it. kafkajs 2.2.4:
//  - It looks for those that wait again every millisecond for as long as it is connected, also when there are none: a tenth of a core
//    for a worker that does nothing.
//  - It looks ten times a second, for each connection, whether an answer is ten seconds late.
//  - Whoever leaves waits for its fetches, and those wait at Kafka for records that nobody wants any more.
import { createRequire } from 'node:module';

const inner = createRequire(import.meta.url);
const { KafkaJSConnectionClosedError } = inner('kafkajs/src/errors.js') as {
  readonly KafkaJSConnectionClosedError: new (message: string, broker: { host: string; port: number }) => Error;
};

const FETCH = 1;
/** A request is given up so much later than it might be. */
const LATE_MS = 500;

interface SentRequest {
  readonly entry: { readonly apiKey: number };
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

/** The part of kafkajs's queue that says when it is looked at again. */
interface RequestQueue {
  /** Host and port. */
  readonly broker: string;
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, SentRequest>;
  readonly enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: NodeJS.Timeout | null;
  readonly isConnected: () => boolean;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  waitForPendingRequests(): Promise<void>;
  rejectAll(error: Error): void;
  destroy(): void;
}

/**
 * Every queue of this process is looked at again only while a request waits in it; the next that has to wait sees to it. A connection
 * that is left does not wait for fetches: they are answered with an error.
 */
export function restWhenEmpty(): void {
  const { prototype } = inner('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(() => {
      const now = Date.now();
      for (const request of this.inflight.values())
        if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
      if (!this.isConnected()) this.destroy();
    }, LATE_MS);
  };
  const wait = prototype.waitForPendingRequests;
  prototype.waitForPendingRequests = function (this: RequestQueue): Promise<void> {
    const isReading = [...this.inflight.values()].every(({ entry }) => entry.apiKey === FETCH);
    if (isReading && this.pending.length === 0 && this.inflight.size > 0) {
      const [, host = '', port] = /^(.*):(\d+)$/.exec(this.broker) ?? [];
      this.rejectAll(new KafkaJSConnectionClosedError('the reader has left', { host, port: Number(port) }));
    }
    return wait.call(this);
  };
}
