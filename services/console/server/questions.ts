// What a question may be, and how one is refused.
import { EssError } from '@ess/domain/text/error.ts';
import { ID_MAX_BYTES } from '@ess/domain/text/foreign-id.ts';
import type { CellFilter } from '../facts/cells.ts';
import { isCellState } from '../facts/cells.ts';
import { refused } from '../rights/refused.ts';

export const TEXT = { type: 'string', maxLength: ID_MAX_BYTES } as const;

/** Why somebody looks or acts: it goes on record. */
export const REASON = { type: 'string', maxLength: 500, default: '' } as const;

const ID = { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' } as const;
/** What was previewed under the id is given. */
export const GIVE = {
  type: 'object',
  required: ['id'],
  properties: { id: ID, reason: REASON },
  additionalProperties: false,
} as const;
/** What does much: whoever gives it has typed the name of the partner. */
export const GIVE_NAMED = {
  ...GIVE,
  required: ['id', 'confirm'],
  properties: { ...GIVE.properties, confirm: TEXT },
} as const;

/** @throws with status 400 when it is not the name of the partner that was typed */
export function mustConfirm(partner: string, confirm: string): void {
  if (confirm !== partner) throw usage(`confirm: write the name of the partner whom it is about, ${partner}`);
}

export const WHY = { type: 'object', properties: { reason: REASON }, additionalProperties: false } as const;
export const NOT_FROZEN = 'that preview is not there any more: look again before you order';

/** The question is wrong. */
export const usage = (text: string): Error => refused(400, new EssError('ESS_USAGE', text));
/** There is no answer yet, or none here. */
export const notNow = (text: string): Error => refused(503, new Error(text));

/** What has failed, and where, is for whoever runs the console: its log says it. */
export const away = (cause: unknown): Error =>
  refused(
    503,
    new Error('that cannot be looked up now: try again in a moment, and look at the log of the console', { cause }),
  );

/** What cannot be done is said in the words of the command line: what was asked is wrong, or now is not the time. */
export async function answered<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof EssError) || 'statusCode' in error) throw error;
    const status = STATUS[error.code];
    throw status === undefined ? away(error) : refused(status, error);
  }
}

/** Their words are for whoever asks, and name no place. */
const STATUS: Partial<Record<EssError['code'], number>> = { ESS_USAGE: 400, ESS_CONFLICT: 409, ESS_BROKER: 503 };

/** Which cells are asked for, now or at a past minute. */
export const CELL_FILTER = {
  partner: TEXT,
  state: TEXT,
  rule: TEXT,
  scope: TEXT,
  region: TEXT,
  all: { type: 'boolean', default: false },
} as const;

export interface AskedCells extends Omit<CellFilter, 'state'> {
  readonly state?: string;
}

/** @throws with status 400 when there is no such state */
export function filterOf({ state, partner, rule, scope, region, all }: AskedCells): CellFilter {
  if (state !== undefined && !isCellState(state)) throw usage(`state: there is no state ${state}`);
  return {
    all,
    ...(partner !== undefined && { partner }),
    ...(rule !== undefined && { rule }),
    ...(scope !== undefined && { scope }),
    ...(region !== undefined && { region }),
    ...(state !== undefined && { state }),
  };
}
