// Answers that take long are shared: a page asks again with each word of the feed, and many pages ask the same. Whoever asks within ten times
// the time that an answer took has the same one, so that no number of questions takes more than a tenth of the process.

/** As the feed looks. */
const SHARE = 10;
/** Of millions of cells one takes 50 MB. */
const KEPT_MAX = 4;

interface Kept {
  readonly answer: Promise<unknown>;
  /** By `performance.now`; infinite until it is there. */
  untilMs: number;
}

export class SharedAnswers {
  readonly #kept = new Map<string, Kept>();

  /**
   * @param question says everything that the answer depends on, who may see what among it
   * @param isOver it may not be shared any longer
   * @throws what finding it throws, which is not kept
   */
  async of<T>(question: string, find: () => Promise<T>, isOver: (answer: T) => boolean = () => false): Promise<T> {
    const known = this.#kept.get(question);
    if (known && performance.now() < known.untilMs) {
      const answer = (await known.answer) as T;
      if (!isOver(answer)) return answer;
    }
    const startedAt = performance.now();
    const kept: Kept = { answer: find(), untilMs: Number.POSITIVE_INFINITY };
    this.#keep(question, kept);
    try {
      return (await kept.answer) as T;
    } catch (error) {
      if (this.#kept.get(question) === kept) this.#kept.delete(question);
      throw error;
    } finally {
      kept.untilMs = performance.now() + SHARE * (performance.now() - startedAt);
    }
  }

  #keep(question: string, kept: Kept): void {
    this.#kept.delete(question);
    this.#kept.set(question, kept);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > KEPT_MAX) this.#kept.delete(oldest);
  }
}
