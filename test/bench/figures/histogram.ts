// Percentiles of any number of latencies in a fixed space: buckets whose bounds grow by 1 %, so a percentile is right to 1 %.

const GROWTH = Math.log(1.01);
const FIRST_US = 10;

export class Histogram {
  readonly #buckets: number[] = [];
  #count = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  add(us: number): void {
    const bucket = us <= FIRST_US ? 0 : Math.ceil(Math.log(us / FIRST_US) / GROWTH);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  addAll(other: Histogram): void {
    other.#buckets.forEach((count, bucket) => {
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count;
    });
    this.#count += other.#count;
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
  }

  /** In ms. @param share 0..1 */
  percentile(share: number): number {
    const wanted = Math.ceil(this.#count * share);
    let seen = 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket += 1) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= wanted && seen > 0) return Math.min(this.#maxUs, FIRST_US * Math.exp(bucket * GROWTH)) / 1000;
    }
    return 0;
  }

  /** In ms. */
  get max(): number {
    return this.#maxUs / 1000;
  }
}
