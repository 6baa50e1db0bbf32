// What a question may be, and how one is refused.
import { EssError } from '@ess/domain/text/error.ts';
import { ID_MAX_BYTES } from '@ess/domain/text/foreign-id.ts';
import { refused } from '../rights/refused.ts';

export const TEXT = { type: 'string', maxLength: ID_MAX_BYTES } as const;

/** The question is wrong. */
export const usage = (text: string): Error => refused(400, new EssError('ESS_USAGE', text));
/** There is no answer yet, or none here. */
export const notNow = (text: string): Error => refused(503, new Error(text));
