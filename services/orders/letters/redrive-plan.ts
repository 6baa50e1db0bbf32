// Which letters a redrive takes, and which it leaves and why: what the preview says and what the commands carry.

import { randomBytes } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { packLetters, REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { FoundLetter, LetterFilter } from './letters.ts';
import { findLetters, positionOf } from './letters.ts';

/** Positions that a summary names. */
const PAGE = 100;

export interface RedriveLimits {
  readonly limit: number;
  readonly force: boolean;
}

export interface RedrivePlan {
  readonly letters: readonly FoundLetter[];
  /** Redriven too often for another time without --force. */
  readonly guarded: number;
  /** More than the limit, as far as they were counted. */
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

  get beyond(): number {
    return this.#beyond;
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

export interface PlanOptions extends RedriveLimits {
  /** The topic that a partner reads; undefined when it has no connector any more: its letters stay parked. */
  readonly sourceTopic?: (partner: string) => string | undefined;
  /** More of them are not counted; absent: all. */
  readonly beyondMax?: number;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** Reads the letters that the filter says. */
export async function planRedrive(
  kafka: Kafka,
  codec: Codec,
  filter: LetterFilter,
  { sourceTopic, beyondMax = Number.POSITIVE_INFINITY, signal, ...limits }: PlanOptions,
): Promise<RedrivePlan & { readonly elsewhere: number }> {
  const planner = new RedrivePlanner(limits);
  const topics = new Map<string, string | undefined>();
  let elsewhere = 0;
  for await (const page of findLetters(kafka, codec, filter, signal)) {
    if (planner.beyond >= beyondMax) break;
    for (const found of page) {
      const { partner, topic } = found.letter;
      if (sourceTopic && !topics.has(partner)) topics.set(partner, sourceTopic(partner));
      if (!sourceTopic || topics.get(partner) === topic) planner.add(found);
      else elsewhere += 1;
    }
  }
  return { ...planner.plan, elsewhere };
}

/**
 * Only a worker carries it out, and only a connector with `deliver` has one. One judgement of command line and console.
 * @throws EssError ESS_USAGE
 */
export function refuseUndelivered(
  kind: 'redrive' | 'drop',
  { byPartner }: Pick<RedrivePlan, 'byPartner'>,
  connectorOf: (partner: string) => Pick<Connector, 'deliver'> | undefined,
): void {
  const without = [...byPartner.keys()].filter((partner) => connectorOf(partner)?.deliver === undefined);
  if (without.length === 0) return;
  const who = without.join(', ');
  throw new EssError(
    'ESS_USAGE',
    `nothing is delivered to ${who}, so no worker would ${kind} the letters: give it a connector with "deliver" and a worker, then ${kind} them`,
  );
}

/** As JSON. */
export function planSummary({ letters, guarded, beyond, byPartner }: RedrivePlan): object {
  const partners = Object.fromEntries(
    [...byPartner].map(([partner, reasons]) => [partner, Object.fromEntries(reasons)]),
  );
  return {
    letters: letters.length,
    needForce: guarded,
    beyondLimit: beyond,
    partners,
    positions: letters.slice(0, PAGE).map(({ letter }) => positionOf(letter)),
  };
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

const newId = (kind: 'redrive' | 'drop'): string => `${kind}-${randomBytes(5).toString('hex')}`;

/** One command for each partner. @param idOf a name for a new command */
export function redriveCommands(plan: RedrivePlan, asked: Asked, idOf = () => newId('redrive')): Command[] {
  return commandsOf('redrive', plan, asked, idOf);
}

/** One command for each partner: a drop needs no lane, so that the owner of one partition is enough. */
export function dropCommands(plan: RedrivePlan, asked: Asked, idOf = () => newId('drop')): Command[] {
  return commandsOf('drop', plan, asked, idOf);
}

function commandsOf(kind: 'redrive' | 'drop', plan: RedrivePlan, asked: Asked, idOf: () => string): Command[] {
  const { by, why, ...selection } = asked;
  const sources = (found: readonly FoundLetter[]) =>
    [...new Set(found.map(({ letter }) => letter.partition))].sort((a, b) => a - b);
  return [...Map.groupBy(plan.letters, ({ letter }) => letter.partner)].map(([partner, found]) =>
    makeCommand({
      id: idOf(),
      partner,
      kind,
      by,
      reason: why,
      redrive: {
        ...selection,
        topic: found[0]?.letter.topic ?? '',
        partitions: kind === 'drop' ? [0] : sources(found),
        letters: packLetters(found.map(({ place, fate }) => ({ ...place, times: fate.times }))),
      },
    }),
  );
}
