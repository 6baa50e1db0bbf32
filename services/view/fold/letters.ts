// Dead letters that nothing has come of yet: of each rule of a partner the newest.
import type { LetterPlace } from '@ess/domain/delivery/dead-letters.ts';
import { LetterFates } from '@ess/domain/delivery/dead-letters.ts';
import type { DeadLetter, DeadLetterState, LetterState } from '@ess/schemas/generated/types.ts';
import type { PlacedLetter } from './around-cells.ts';

export interface RuleLetter extends PlacedLetter {
  readonly partner: string;
  readonly place: LetterPlace;
}

export class Letters {
  readonly #fates = new LetterFates();
  /** By partner and rule. */
  readonly #newest = new Map<string, Map<string, RuleLetter>>();

  take(letter: DeadLetter, place: LetterPlace): void {
    const { partner, ruleId, topic, partition, offset, version, parkedAt: parkedAtMs, reason } = letter;
    if (ruleId === null) return;
    const ofPartner = this.#newest.get(partner) ?? new Map<string, RuleLetter>();
    this.#newest.set(partner, ofPartner);
    ofPartner.set(ruleId, { partner, topic, partition, offset, version, parkedAtMs, reason, place });
  }

  /** Takes a row of ess.dead-letter-state in. */
  settle(row: DeadLetterState): void {
    this.#fates.apply(row);
  }

  open(partner: string, ruleId: string): RuleLetter | undefined {
    return this.#in('parked', partner, ruleId);
  }

  dropped(partner: string, ruleId: string): RuleLetter | undefined {
    return this.#in('dropped', partner, ruleId);
  }

  /** Of how many rules a letter is open. @param isThere whether retention has left it */
  openOf(partner: string, isThere: (place: LetterPlace) => boolean): number {
    const letters = [...(this.#newest.get(partner)?.values() ?? [])];
    const isOpen = (letter: RuleLetter) => this.#fates.of(letter, letter.place).state === 'parked';
    return letters.filter((letter) => isThere(letter.place) && isOpen(letter)).length;
  }

  #in(state: LetterState, partner: string, ruleId: string): RuleLetter | undefined {
    const letter = this.#newest.get(partner)?.get(ruleId);
    return letter && this.#fates.of(letter, letter.place).state === state ? letter : undefined;
  }
}
