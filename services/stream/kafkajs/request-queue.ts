// The requests that wait for a connection of kafkajs. kafkajs 2.2.4 looks for them again every millisecond for as long as it is
// connected, also when there are none: a tenth of a core for a worker that does nothing.
import { createRequire } from 'node:module';

const inner = createRequire(import.meta.url);

/** The part of kafkajs's queue that says when it is looked at again. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/** Every queue of this process is looked at again only while a request waits in it; the next that has to wait sees to it. */
export function restWhenEmpty(): void {
  const { prototype } = inner('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
