// Which dead letters a command is about: its options, checked, as the filter that finds them.

import type { LetterFate } from '@ess/domain/delivery/dead-letters.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { parseMoment } from '@ess/domain/text/moment.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import type { LetterFilter } from '@ess/orders/letters/letters.ts';
import { checkPosition } from '@ess/orders/letters/letters.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { CONTROL_TOPIC, DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';

export const STATES = ['parked', 'redriving', 'redriven', 'superseded', 'skipped', 'dropped'] as const;

export interface FilterOptions {
  readonly partner?: string;
  readonly reason?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
  readonly connectors?: string;
  readonly json?: boolean;
}

export interface ChangeOptions extends FilterOptions {
  readonly all?: boolean;
  readonly limit: number;
  readonly why?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface Opened {
  readonly kafka: Kafka;
  readonly codec: Codec;
}

export async function openLetters(): Promise<Opened> {
  const { kafka, settings } = await openKafka('ess-dead-letters', [
    DEAD_LETTER_TOPIC,
    DEAD_LETTER_STATE_TOPIC,
    CONTROL_TOPIC,
  ]);
  return { kafka, codec: new Codec(settings.registry) };
}

export function filterOf(options: FilterOptions): LetterFilter {
  const { partner, reason, rule, since, until } = options;
  if (partner !== undefined) knownPartner(partner, connectorsRoot(options));
  return {
    ...(partner === undefined ? {} : { partner }),
    ...(reason === undefined ? {} : { reason }),
    ...(rule === undefined ? {} : { rule }),
    ...(since === undefined ? {} : { sinceMs: parseMoment(since, '--since') }),
    ...(until === undefined ? {} : { untilMs: parseMoment(until, '--until') }),
  };
}

/** What is changed has to be named: nobody redrives everything by a slip of the finger. */
export function changeFilter(positions: readonly string[], options: ChangeOptions): LetterFilter {
  const { partner, reason, rule, since, until, all } = options;
  const named = positions.length > 0 || [partner, reason, rule, since, until].some((option) => option !== undefined);
  if (!named && !all)
    throw new EssError('ESS_USAGE', 'say which letters: positions, a filter such as --partner, or --all');
  return {
    ...filterOf(options),
    states: new Set<LetterFate['state']>(['parked']),
    ...(positions.length > 0 ? { positions: new Set(positions.map(checkPosition)) } : {}),
  };
}

export function statesOf(state: string | undefined): ReadonlySet<LetterFate['state']> | undefined {
  if (state === undefined) return new Set<LetterFate['state']>(['parked', 'redriving']);
  if (state === 'all') return undefined;
  const known = STATES.find((one) => one === state);
  if (!known) throw new EssError('ESS_USAGE', `--state "${state}": ${didYouMean(state, ['all', ...STATES])}`);
  return new Set([known]);
}

export function connectorsRoot({ connectors }: FilterOptions): string {
  return connectors ?? loadSettings().connectors;
}
