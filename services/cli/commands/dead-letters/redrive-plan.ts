// Which letters a redrive takes, and which it leaves and why: what the preview says and what the commands carry.
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { packLetters, REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { FoundLetter } from '../../letters.ts';

export interface RedriveLimits {
  readonly limit: number;
  readonly force: boolean;
}

export interface RedrivePlan {
  readonly letters: readonly FoundLetter[];
  /** Redriven too often for another time without --force. */
  readonly guarded: number;
  /** More than the limit. */
  readonly beyond: number;
  /** Letters too large to be kept whole: their records are read from the source topic, while that has them. */
  readonly shortened: number;
  readonly byPartner: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Takes letters in as they are found; what is kept is bounded by the limit. */
export class RedrivePlanner {
  readonly #limits: RedriveLimits;
  readonly #letters: FoundLetter[] = [];
  #guarded = 0;
  #beyond = 0;
  #shortened = 0;

  constructor(limits: RedriveLimits) {
    this.#limits = limits;
  }

  add(found: FoundLetter): void {
    const { limit, force } = this.#limits;
    if (!force && found.fate.times >= REDRIVEN_TIMES_MAX) this.#guarded += 1;
    else if (this.#letters.length >= Math.min(limit, REDRIVE_LETTERS_MAX)) this.#beyond += 1;
    else {
      if (leftOutOf(found.letter).length > 0) this.#shortened += 1;
      // The bytes stay in Kafka: the worker reads them there.
      const letter = { ...found.letter, key: null, value: null, headers: [] };
      this.#letters.push({ ...found, letter });
    }
  }

  get plan(): RedrivePlan {
    const byPartner = new Map<string, Map<string, number>>();
    for (const { letter } of this.#letters) {
      const reasons = byPartner.get(letter.partner) ?? new Map<string, number>();
      byPartner.set(letter.partner, reasons);
      reasons.set(letter.reason, (reasons.get(letter.reason) ?? 0) + 1);
    }
    const [guarded, beyond, shortened] = [this.#guarded, this.#beyond, this.#shortened];
    return { letters: this.#letters, guarded, beyond, shortened, byPartner };
  }
}

export interface Asked {
  readonly by: string;
  readonly why: string | null;
  readonly reason: string | null;
  readonly ruleId: string | null;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly limit: number;
  readonly force: boolean;
}

/** One command for each partner. @param idOf a name for a new command */
export function redriveCommands(plan: RedrivePlan, asked: Asked, idOf: () => string): Command[] {
  const { by, why, ...selection } = asked;
  return [...Map.groupBy(plan.letters, ({ letter }) => letter.partner)].map(([partner, found]) =>
    makeCommand({
      id: idOf(),
      partner,
      kind: 'redrive',
      by,
      reason: why,
      redrive: {
        ...selection,
        topic: found[0]?.letter.topic ?? '',
        partitions: [...new Set(found.map(({ letter }) => letter.partition))].sort((a, b) => a - b),
        letters: packLetters(found.map(({ place, fate }) => ({ ...place, times: fate.times }))),
      },
    }),
  );
}
