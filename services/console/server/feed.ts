// The page's live feed (Server-Sent Events): one look at the view for all who listen, however many they are.
import type { FastifyReply } from 'fastify';
import type { Overview } from '../facts/overview.ts';

/** A change is seen within a second; a view of millions of cells is looked at less often, so that it keeps most of its time. */
const LOOK_EVERY_MS = 1_000;
const SHARE = 10;
/** Who has not taken so much is gone, or too slow to be told. */
const BUFFER_MAX_BYTES = 1_000_000;

export class Feed implements Disposable {
  readonly #look: () => Overview;
  readonly #listeners = new Set<FastifyReply['raw']>();
  #timer: NodeJS.Timeout | undefined;
  #last = '';

  constructor(look: () => Overview) {
    this.#look = look;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Takes the answer over until its client leaves. */
  add(reply: FastifyReply): void {
    const { raw } = reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    raw.once('close', () => this.#listeners.delete(raw));
    this.#listeners.add(raw);
    if (this.#timer === undefined) this.#turn();
    else if (this.#last !== '') raw.write(this.#last);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const one of this.#listeners) one.end();
    this.#listeners.clear();
  }

  #turn(): void {
    this.#timer = undefined;
    if (this.#listeners.size === 0) return;
    const startedAt = performance.now();
    this.#last = `event: overview\ndata: ${JSON.stringify(this.#look())}\n\n`;
    for (const one of this.#listeners) {
      if (one.writableLength > BUFFER_MAX_BYTES) one.destroy();
      else one.write(this.#last);
    }
    const tookMs = performance.now() - startedAt;
    this.#timer = setTimeout(() => this.#turn(), Math.max(LOOK_EVERY_MS, tookMs * SHARE));
  }
}
