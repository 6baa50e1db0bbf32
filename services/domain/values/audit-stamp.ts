// The stamp that governance puts on a published rule: who approved it, and when. Whether it is there and well-formed is judged
// here; what its signature says is not.

import { isLongId } from '../text/foreign-id.ts';
import { CALENDAR_MS } from '../text/moment.ts';

export interface StampFault {
  /** Field of the stamp; empty: the stamp itself. */
  readonly field: '' | 'id' | 'approvedBy' | 'approvedAt' | 'signature';
  readonly expected: string;
}

/** @param stamp `auditStamp` of a rule; milliseconds in `approvedAt`. @returns nothing when it may stand */
export function stampFaults(stamp: unknown): StampFault[] {
  if (typeof stamp !== 'object' || stamp === null)
    return [{ field: '', expected: 'the stamp of governance: id, approvedBy and approvedAt' }];
  const { id, approvedBy, approvedAt, signature } = stamp as Record<string, unknown>;
  const faults: StampFault[] = [];
  if (!isName(id)) faults.push({ field: 'id', expected: NAME });
  if (!isName(approvedBy)) faults.push({ field: 'approvedBy', expected: NAME });
  if (!isTime(approvedAt)) faults.push({ field: 'approvedAt', expected: 'the time of the approval, after 1970' });
  if (signature !== undefined && signature !== null && !isName(signature))
    faults.push({ field: 'signature', expected: `null, or ${NAME}` });
  return faults;
}

/**
 * Why a rule may not go to a partner that asks for the stamp. What is shown on /stream has none: it is judged where it is delivered.
 * @returns undefined: it may
 */
export function unstamped(record: object): string | undefined {
  const { auditStamp } = record as { auditStamp?: unknown };
  const [fault] = auditStamp === undefined ? [] : stampFaults(auditStamp);
  if (fault === undefined) return undefined;
  const field = fault.field === '' ? 'auditStamp' : `auditStamp.${fault.field}`;
  return `${field} must be ${fault.expected}: the connector says stampRequired`;
}

const NAME = 'a text that is not blank, of at most 1,024 bytes';

const isName = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '' && !isLongId(value);

const isTime = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= CALENDAR_MS;
