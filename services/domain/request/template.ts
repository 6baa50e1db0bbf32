// A text with placeholders, ready to be filled from records.
import { Unwritable } from '../forms/logical-text.ts';
import type { Slot } from './slot.ts';

/** Why a request cannot be made of a record; the message names the field and the template. */
export class Unfillable extends Error {}

export class Template {
  /** As it is written, e.g. `deliver.url`. */
  readonly #place: string;
  /** One more than there are slots. */
  readonly #literals: readonly string[];
  readonly #slots: readonly Slot[];
  readonly #encode: (text: string) => string;

  /** @param encode of each value; throws Unwritable when the place has none for it */
  constructor(place: string, literals: readonly string[], slots: readonly Slot[], encode: (text: string) => string) {
    this.#place = place;
    this.#literals = literals;
    this.#slots = slots;
    this.#encode = encode;
  }

  /** @throws Unfillable */
  fill(record: object): string {
    let filled = this.#literals[0] as string;
    for (let index = 0; index < this.#slots.length; index += 1) {
      const slot = this.#slots[index] as Slot;
      try {
        filled += this.#encode(slot.text(record));
      } catch (error) {
        if (!(error instanceof Unwritable)) throw error;
        throw new Unfillable(`${slot.name}: ${error.message}, and ${this.#place} asks for {${slot.name}}`);
      }
      filled += this.#literals[index + 1] as string;
    }
    return filled;
  }
}
