// The judge of one path: what came, in which order, how often and when.
import { nowUs } from '../clock.ts';
import { Histogram } from '../figures/histogram.ts';
import { Versions } from './versions.ts';

export interface TallyReport {
  /** Different versions of rules that were acked. */
  readonly delivered: number;
  /** Acked deliveries of a version that had come before. */
  readonly duplicates: number;
  /** Older than one received before, or received while the one before of its key was still open. */
  readonly outOfOrder: number;
  readonly refused: number;
  /** From the first receipt to the last. */
  readonly seconds: number;
  /** When the last one came, µs since 1970. */
  readonly lastAtUs: number;
  /** Publish to ack, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Key {
  readonly versions: Versions;
  newest: number;
  open: number;
}

/** A request between receipt and answer. */
export interface Open {
  readonly key: Key;
  readonly sentAtUs: number;
}

export class Tally {
  latency = new Histogram();
  readonly #keys = new Map<string, Key>();
  #delivered = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  #refused = 0;
  #firstAtUs = 0;
  #lastAtUs = 0;

  get delivered(): number {
    return this.#delivered;
  }

  refuse(): void {
    this.#refused += 1;
  }

  receive(body: { readonly ruleId: string; readonly version: number; readonly sentAtUs: string }): Open {
    let key = this.#keys.get(body.ruleId);
    if (!key) {
      key = { versions: new Versions(), newest: 0, open: 0 };
      this.#keys.set(body.ruleId, key);
    }
    this.#lastAtUs = nowUs();
    this.#firstAtUs ||= this.#lastAtUs;
    if (key.versions.add(body.version)) {
      this.#delivered += 1;
      if (key.open > 0 || body.version <= key.newest) this.#outOfOrder += 1;
    } else this.#duplicates += 1;
    key.newest = Math.max(key.newest, body.version);
    key.open += 1;
    return { key, sentAtUs: Number(body.sentAtUs) };
  }

  answered({ key, sentAtUs }: Open): void {
    key.open -= 1;
    this.latency.add(nowUs() - sentAtUs);
  }

  /** Percentiles begin anew; order and duplicates go on. */
  newWindow(): void {
    this.latency = new Histogram();
  }

  report(latency: Histogram = this.latency): TallyReport {
    return {
      delivered: this.#delivered,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      refused: this.#refused,
      seconds: (this.#lastAtUs - this.#firstAtUs) / 1e6,
      lastAtUs: this.#lastAtUs,
      p50: latency.percentile(0.5),
      p99: latency.percentile(0.99),
      max: latency.max,
    };
  }
}
