// Approvals and ends of proposals that stand before them in the topic: a proposal that is written again stands behind its approval when
// compaction has taken the first copy away. An approval names by digest what it lets run, so it counts where its proposal comes, too;
// of several the first that counts. What a follower has passed over when it came (another one ran) is not kept.
import type { Command } from '@ess/schemas/generated/types.ts';

const WORDS_MAX = 10_000;

export class EarlyWords {
  /** By partner and id of the proposal, in the order in which they came. */
  readonly #said = new Map<string, Command[]>();
  #words = 0;

  /** Of very many the oldest are forgotten. */
  keep(word: Command): void {
    const name = nameOf(word.partner, word.of ?? '');
    this.#said.set(name, [...(this.#said.get(name) ?? []), word]);
    this.#words += 1;
    for (const [oldest, words] of this.#said) {
      if (this.#words <= WORDS_MAX) return;
      this.#said.delete(oldest);
      this.#words -= words.length;
    }
  }

  /** The proposal has come. */
  take({ partner, id }: Command): readonly Command[] {
    const words = this.#said.get(nameOf(partner, id)) ?? [];
    this.#words -= words.length;
    this.#said.delete(nameOf(partner, id));
    return words;
  }
}

const nameOf = (partner: string, id: string): string => `${partner} ${id}`;
