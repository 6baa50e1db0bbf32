// What comes of an attempt, decided in one place and without changing anything:
//
//   what happened          partner flows                                          partner is held
//   ack                    delivered                                              delivered
//   refused, in a batch    single: each record goes again by itself               single
//   refused                parked, or hold when too many in a row are             waits
//   unreadable             parked, or hold when too many in a row are             parked, or waits when too many in a row were
//   endpoint               retry; parked or hold when its attempts are used up    waits
//   hold                   hold; parked when others got through since             waits
//   401 to a token         again: once, with a new one; then as hold              waits
//   cut                    left                                                   left
//
// No HTTP at all, and a 207 that the connector cannot read, hold. What a batch's answer says of one record is about that record: where
// the table says hold the record is refused; one that it does not name goes again by itself, and counts when it was alone.
//
// Three rules stand above the table. While a partner is held nothing is counted, and nothing is parked that it has to do with: a
// record that cannot be read would stand before those that can show that it is well again. A record is parked for
// what looks like the endpoint's trouble only if others got through since it first failed. A long unbroken run of refusals is a
// connector gone wrong, which holds the partner.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Answer, ItemAnswer } from '@ess/domain/delivery/outcome.ts';
import { classifyStatus } from '@ess/domain/delivery/outcome.ts';

/**
 * How an attempt ended. Nothing was sent: `unmapped`, the connector could not make a document; `unreadable`, there was nothing to make
 * it of.
 */
export type Ending =
  | Answer
  | ItemAnswer
  | { readonly kind: 'unmapped' | 'unreadable'; readonly reason: string; readonly detail: string };

/** What is known of the record. */
export interface Trial {
  /** Attempts counted so far, without this one. */
  readonly attempts: number;
  /** An attempt that started after this record first failed has got through since. */
  readonly throughSinceFailed: boolean;
  /** The same since its latest answer that would hold the partner. */
  readonly throughSinceRefused: boolean;
  /** It was a dead letter: what was parked before is no flood. */
  readonly redriven: boolean;
  /** Other records in the same request. */
  readonly companions: number;
  /** It goes out with an OAuth token, and was not sent again for the sake of a new one. */
  readonly tokenMayBeOld: boolean;
}

/** What is known of the partner. */
export interface Standing {
  readonly isHeld: boolean;
  /** Records refused since the last that got through: one more may not be parked. */
  readonly refusesAll: boolean;
}

export type Verdict =
  | { readonly kind: 'delivered' | 'left' }
  /** To the dead letters. `reason` is a short code, `detail` is for people; `blames`: the record alone, or the endpoint too. */
  | { readonly kind: 'parked'; readonly blames: Blame; readonly reason: string; readonly detail: string }
  /** Again after a while; the breaker hears of it. */
  | { readonly kind: 'retry'; readonly blames: 'endpoint'; readonly reason: string }
  /** Again at once, in a request of its own. */
  | { readonly kind: 'single'; readonly reason: string }
  /** Again at once, with a new token. */
  | { readonly kind: 'again'; readonly reason: string }
  /** The partner is held from now on, for `why`; the record stays first of its lane, and goes by itself then if it is `single`. */
  | {
      readonly kind: 'hold';
      readonly blames: Blame;
      readonly reason: string;
      readonly why: string;
      readonly single?: true;
    }
  /** The partner was held before: the record stays first of its lane. */
  | { readonly kind: 'waits'; readonly blames: Blame; readonly reason: string; readonly single?: true };

/** Whose fault it looks like; `hold`: the endpoint's, and every record would fail the same way. */
export type Blame = 'record' | 'endpoint' | 'hold';

type Policy = Pick<Deliver, 'status' | 'retry' | 'batch'>;

/** A code for dead letters, where `reason` is a sentence. */
const MALFORMED = 'malformed-answer';
const MULTI_STATUS = 207;
const UNREADABLE_207 =
  'answered 207 to a batch, which says of each record what became of it: add deliver.batch.answer, or take batch away';

export function judge(ending: Ending, trial: Trial, standing: Standing, policy: Policy): Verdict {
  switch (ending.kind) {
    case 'cut':
      return { kind: 'left' };
    case 'unmapped':
      return refused(ending.reason, ending.detail, trial, standing);
    case 'unreadable':
      return refused(ending.reason, ending.detail, trial, {
        ...standing,
        isHeld: standing.isHeld && standing.refusesAll,
      });
    case 'unreachable':
      return failed('endpoint', ending.code, trial, standing, policy);
    case 'malformed':
      return failed('hold', ending.why, trial, standing, policy, MALFORMED);
    case 'item':
      return judgeItem(ending.status, trial, standing, policy);
    case 'answered': {
      const { status, newer, means } = ending;
      const what = newer ? 'ack' : (means?.class ?? classifyStatus(status, policy.status));
      const reason = means?.code ?? `status-${status}`;
      if (status === MULTI_STATUS && policy.batch && !policy.batch.answer) return unreadable207(standing);
      if (what === 'ack') return { kind: 'delivered' };
      if (status === 401 && what === 'hold' && trial.tokenMayBeOld && !standing.isHeld)
        return { kind: 'again', reason: `${reason}, again with a new token` };
      if (what !== 'record') return failed(what, means?.why ?? reason, trial, standing, policy, reason);
      // A refused batch does not say which record is to blame.
      if (trial.companions > 0) return { kind: 'single', reason: `${reason} for the batch` };
      return refused(reason, means?.why ?? `the partner answered ${status}`, trial, standing);
    }
  }
}

function judgeItem(status: number | null, trial: Trial, standing: Standing, policy: Policy): Verdict {
  if (status === null) {
    if (trial.companions > 0) return { kind: 'single', reason: 'the answer to the batch does not name it' };
    return failed('endpoint', 'the answer does not name the record', trial, standing, policy, 'not-named');
  }
  const reason = `status-${status}`;
  const what = classifyStatus(status, policy.status);
  if (what === 'ack') return { kind: 'delivered' };
  if (what === 'endpoint') return failed(what, reason, trial, standing, policy);
  return refused(reason, `the partner answered ${status} for this record`, trial, standing);
}

/** Never parked: the partner may well have the record. By itself it may get an answer that is about it. */
function unreadable207({ isHeld }: Standing): Verdict {
  const verdict = { blames: 'hold', reason: `status-${MULTI_STATUS}`, single: true } as const;
  return isHeld ? { kind: 'waits', ...verdict } : { kind: 'hold', why: UNREADABLE_207, ...verdict };
}

/** The record's own fault, unless it is one of a long run. */
function refused(reason: string, detail: string, { redriven }: Trial, { isHeld, refusesAll }: Standing): Verdict {
  const blames = 'record';
  if (isHeld) return { kind: 'waits', blames, reason };
  if (refusesAll && !redriven)
    return { kind: 'hold', blames, reason, why: `too many records refused in a row, last: ${reason}` };
  return { kind: 'parked', blames, reason, detail };
}

/**
 * The endpoint's fault, as far as one can tell, or this record alone is to blame.
 * @param code short, for the dead letter, where the reason is a sentence
 */
function failed(
  blames: 'endpoint' | 'hold',
  reason: string,
  { attempts, throughSinceFailed, throughSinceRefused }: Trial,
  { isHeld }: Standing,
  { retry }: Policy,
  code = reason,
): Verdict {
  if (isHeld) return { kind: 'waits', blames, reason };
  if (blames === 'hold' && throughSinceRefused)
    return {
      kind: 'parked',
      blames,
      reason: code,
      detail: `${code === reason ? 'refused' : reason} while others get through`,
    };
  const used = attempts + 1;
  const isSpent = used >= retry.maxAttempts;
  if (isSpent && throughSinceFailed)
    return { kind: 'parked', blames, reason: 'exhausted', detail: `${used} attempts, last: ${reason}` };
  if (blames === 'hold' || isSpent) return { kind: 'hold', blames, reason, why: reason };
  return { kind: 'retry', blames, reason };
}
