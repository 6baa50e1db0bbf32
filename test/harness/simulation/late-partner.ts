// A partner in a simulation, in the place of a worker's Sender: it answers late, fails, or does not answer at all, and may have
// taken a record all the same.
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { PartnerSender } from '@ess/worker/send/sender.ts';
import type { Kind, SimulatedRecord, Truth } from './truth.ts';

interface Fate {
  readonly takesMs: number;
  readonly answer: Answer;
  readonly accepts: boolean;
}

export class LatePartner implements PartnerSender {
  readonly shownPath = '/';
  readonly #truth: Truth;
  #inFlight = 0;
  /** Requests that the partner has, and what makes it forget them. */
  readonly #open = new Map<SimulatedRecord, () => void>();

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  send(
    { body, headers }: Parameters<PartnerSender['send']>[0],
    timeoutMs: number,
    _isNewer: unknown,
    done: (answer: Answer) => void,
  ) {
    const { time, plan } = this.#truth;
    const record = this.#truth.sent(String(body), Number(headers['ess-attempt']));
    this.#inFlight += 1;
    if (this.#inFlight > plan.concurrency) this.#truth.broke(`${this.#inFlight} requests at once`);
    const { takesMs, answer, accepts } = this.#fate(record.kind, timeoutMs);
    const answered = (said: Answer) => {
      this.#inFlight -= 1;
      done(said);
    };
    const left = time.outside(takesMs, () => {
      record.accepted ||= accepts;
      over();
    });
    const over = () => {
      this.#open.delete(record);
      this.#truth.over(record);
    };
    this.#open.set(record, left);
    const heard = time.after(takesMs, () => answered(answer));
    const cut = () => {
      left();
      heard();
      over();
      time.after(0, () => answered({ kind: 'cut' }));
    };
    return { cut, writtenAt: 0, headAt: 0 };
  }

  /** The process is killed: its connections break, before or after the partner has taken what it was sent. */
  broken(): void {
    for (const forget of this.#open.values()) if (this.#truth.chance.hits(0.5)) forget();
    this.left();
  }

  /** The process stands still and can cut nothing: beyond the session others send for the same keys. */
  left(): void {
    for (const record of this.#open.keys()) this.#truth.over(record);
    this.#open.clear();
  }

  async close(): Promise<void> {}

  async closeWhenIdle(): Promise<void> {}

  #fate(kind: Kind, timeoutMs: number): Fate {
    const { chance, outage, plan } = this.#truth;
    const isFine = kind === 'good';
    const longestMs = plan.slow > 0 && chance.hits(plan.slow) ? timeoutMs - 1 : chance.hits(0.1) ? 400 : 30;
    const takesMs = chance.between(1, longestMs);
    const answered = (status: number): Fate => ({ takesMs, answer: { kind: 'answered', status }, accepts: false });
    const unreachable = (code: string, afterMs: number, accepts: boolean): Fate => ({
      takesMs: afterMs,
      answer: { kind: 'unreachable', code },
      accepts: isFine && accepts,
    });
    if (outage === 'refused') return unreachable('ECONNREFUSED', 1, false);
    const isHanging = outage === 'hangs' || (outage === undefined && chance.hits(plan.failures / 5));
    if (isHanging) return unreachable('ETIMEDOUT', timeoutMs, chance.hits(0.5));
    if (outage !== undefined) return answered(outage);
    if (chance.hits(plan.failures / 2)) return answered(chance.hits(0.5) ? 500 : 503);
    if (chance.hits(plan.failures / 3)) return unreachable('ECONNRESET', takesMs, chance.hits(0.5));
    if (!isFine) return answered(422);
    return { takesMs, answer: { kind: 'answered', status: 200 }, accepts: true };
  }
}
