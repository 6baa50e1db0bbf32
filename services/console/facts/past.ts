// What every partner held at a past minute, told piece by piece: how far the reading is, then what was found.
import type { LockstepAnswer, ShownCell } from '@ess/view/answer.ts';

export type PastLine =
  | { readonly read: number; readonly all: number }
  | {
      /** ISO 8601. */
      readonly at: string;
      readonly partners: LockstepAnswer['partners'];
      /** How many cells there are; the oldest of them are in `cells`. */
      readonly total: number;
      readonly cells: readonly ShownCell[];
      /** What nobody can say of that time, in words. */
      readonly notKnown: readonly string[];
    }
  | { readonly why: string };
