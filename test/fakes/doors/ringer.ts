// A partner that rings a door at a steady rate and takes delivery seriously: what was not answered 204 is sent again under
// the same key, one after another, until it is.
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { DOOR_PATH, DOOR_SECRET } from '../../harness/programs/door-process.ts';

const REQUEST_MS = 15_000;
const AGAIN_MS = 20;
const STEP_MS = 5;

export class Ringer {
  /** Keys that were answered 204, and after how many tries. */
  readonly answered = new Map<string, number>();
  /** Answers by status; 0 = none. */
  readonly statuses = new Map<number, number>();
  sent = 0;
  readonly #name: string;
  readonly #url: () => string;
  readonly #agent = new Agent({ connections: 64, pipelining: 1 });
  readonly #unanswered: string[] = [];
  readonly #open = new Set<Promise<void>>();
  #ringing = true;
  readonly #work: Promise<unknown>;

  /** @param url of a door process; asked for each ring */
  constructor(name: string, url: () => string, perSecond: number) {
    this.#name = name;
    this.#url = url;
    this.#work = Promise.all([this.#steadily(perSecond), this.#again()]);
  }

  /** Rings no more; resolves when everything that was rung has been answered 204. */
  async stop(): Promise<void> {
    this.#ringing = false;
    await this.#work;
    await this.#agent.close();
  }

  async #steadily(perSecond: number): Promise<void> {
    const startedAt = performance.now();
    while (this.#ringing) {
      const due = ((performance.now() - startedAt) * perSecond) / 1000;
      while (this.sent < due) {
        const key = `${this.#name}-${this.sent++}`;
        const one: Promise<void> = this.#ring(key, 1).then((done) => {
          if (!done) this.#unanswered.push(key);
          this.#open.delete(one);
        });
        this.#open.add(one);
      }
      await delay(STEP_MS);
    }
    await Promise.all(this.#open);
  }

  async #again(): Promise<void> {
    while (this.#ringing || this.#open.size > 0 || this.#unanswered.length > 0) {
      const key = this.#unanswered.shift();
      if (key === undefined) await delay(STEP_MS);
      else for (let tries = 2; !(await this.#ring(key, tries)); tries += 1) await delay(AGAIN_MS);
    }
  }

  async #ring(key: string, tries: number): Promise<boolean> {
    let status = 0;
    try {
      const answer = await request(this.#url() + DOOR_PATH, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ auth: DOOR_SECRET, bedsFree: 1 }), // the same again, or its key is refused
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      status = answer.statusCode;
      await answer.body.dump();
    } catch {
      // no answer: the connection was refused, cut, or too slow
    }
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status === 204) this.answered.set(key, tries);
    return status === 204;
  }
}
