// The page's live feed (Server-Sent Events): one look at the view for all who listen, however many they are.
import type { FastifyReply } from 'fastify';
import type { Overview } from '../facts/overview.ts';
import type { LongAnswer } from '../long-answers.ts';
import type { SignedIn, Subject } from '../rights/subject.ts';

/** A change is seen within a second; a view of millions of cells is looked at less often, so that it keeps most of its time. */
const LOOK_EVERY_MS = 1_000;
const SHARE = 10;
/** Who has not taken so much is gone, or too slow to be told. */
const BUFFER_MAX_BYTES = 1_000_000;

/** What one who listens may see of what there is. */
type SeenBy = (subject: Subject, all: Overview) => Overview;

export class Feed implements Disposable {
  readonly #look: () => Promise<Overview>;
  readonly #seenBy: SeenBy;
  readonly #onFault: (error: unknown) => void;
  readonly #listeners = new Map<FastifyReply['raw'], SignedIn>();
  #timer: NodeJS.Timeout | undefined;
  /** It looks, or will. */
  #isAwake = false;
  #isOver = false;
  #last: Overview | undefined;

  constructor(look: () => Promise<Overview>, seenBy: SeenBy, onFault: (error: unknown) => void) {
    this.#look = look;
    this.#seenBy = seenBy;
    this.#onFault = onFault;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Takes the answer over until its client leaves, or may not hear more. */
  add(reply: FastifyReply, subject: SignedIn, answer: LongAnswer): void {
    const { raw } = reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    answer.signal.addEventListener('abort', () => {
      this.#listeners.delete(raw);
      answer[Symbol.dispose]();
      raw.end();
    });
    this.#listeners.set(raw, subject);
    if (!this.#isAwake) void this.#turn();
    else if (this.#last) raw.write(this.#told(this.#last)(subject));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const one of this.#listeners.keys()) one.end();
    this.#listeners.clear();
  }

  async #turn(): Promise<void> {
    this.#isAwake = this.#listeners.size > 0;
    if (!this.#isAwake) return;
    const startedAt = performance.now();
    try {
      this.#last = await this.#look();
      this.#tell(this.#last);
    } catch (error) {
      this.#onFault(error); // the next look may go well, and nobody else would begin it
    }
    const tookMs = performance.now() - startedAt;
    if (!this.#isOver) this.#timer = setTimeout(() => void this.#turn(), Math.max(LOOK_EVERY_MS, tookMs * SHARE));
  }

  #tell(all: Overview): void {
    const told = this.#told(all);
    for (const [raw, subject] of this.#listeners) {
      if (subject.isOver()) continue; // looking takes its time: who was signed out meanwhile hears nothing more
      if (raw.writableLength > BUFFER_MAX_BYTES) raw.destroy();
      else raw.write(told(subject));
    }
  }

  /** Whoever sees the same is told by the same text. */
  #told(all: Overview): (subject: Subject) => string {
    const texts = new Map<string, string>();
    return (subject) => {
      const seen = this.#seenBy(subject, all);
      const key = seen.partners.map(({ partner }) => `${subject.isGuestAt(partner)} ${partner}`).join('\n');
      const text = texts.get(key) ?? `event: overview\ndata: ${JSON.stringify(seen)}\n\n`;
      texts.set(key, text);
      return text;
    };
  }
}
