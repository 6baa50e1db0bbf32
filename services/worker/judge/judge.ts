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
// Three rules stand above the table. While a partner is held nothing is counted, and nothing is parked that it has to do with: a
// record that cannot be read would stand before those that can show that it is well again. A record is parked for
// what looks like the endpoint's trouble only if others got through since it first failed. A long unbroken run of refusals is a
// connector gone wrong, which holds the partner.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { classifyStatus } from '@ess/domain/delivery/outcome.ts';

/**
 * How an attempt ended. Nothing was sent: `unmapped`, the connector could not make a document; `unreadable`, there was nothing to make
 * it of.
 */
export type Ending =
  | Answer
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
  /** The partner is held from now on, for `why`; the record stays first of its lane. */
  | { readonly kind: 'hold'; readonly blames: Blame; readonly reason: string; readonly why: string }
  /** The partner was held before: the record stays first of its lane. */
  | { readonly kind: 'waits'; readonly blames: Blame; readonly reason: string };

/** Whose fault it looks like; `hold`: the endpoint's, and every record would fail the same way. */
export type Blame = 'record' | 'endpoint' | 'hold';

type Policy = Pick<Deliver, 'status' | 'retry'>;

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
    case 'answered': {
      const { status, newer } = ending;
      const means = newer ? 'ack' : classifyStatus(status, policy.status);
      const reason = `status-${status}`;
      if (means === 'ack') return { kind: 'delivered' };
      if (status === 401 && means === 'hold' && trial.tokenMayBeOld && !standing.isHeld)
        return { kind: 'again', reason: `${reason}, again with a new token` };
      if (means !== 'record') return failed(means, reason, trial, standing, policy);
      // A refused batch does not say which record is to blame.
      if (trial.companions > 0) return { kind: 'single', reason: `${reason} for the batch` };
      return refused(reason, `the partner answered ${status}`, trial, standing);
    }
  }
}

/** The record's own fault, unless it is one of a long run. */
function refused(reason: string, detail: string, { redriven }: Trial, { isHeld, refusesAll }: Standing): Verdict {
  const blames = 'record';
  if (isHeld) return { kind: 'waits', blames, reason };
  if (refusesAll && !redriven)
    return { kind: 'hold', blames, reason, why: `too many records refused in a row, last: ${reason}` };
  return { kind: 'parked', blames, reason, detail };
}

/** The endpoint's fault, as far as one can tell, or this record alone is to blame. */
function failed(
  blames: 'endpoint' | 'hold',
  reason: string,
  { attempts, throughSinceFailed, throughSinceRefused }: Trial,
  { isHeld }: Standing,
  { retry }: Policy,
): Verdict {
  if (isHeld) return { kind: 'waits', blames, reason };
  if (blames === 'hold' && throughSinceRefused)
    return { kind: 'parked', blames, reason, detail: 'refused while others get through' };
  const used = attempts + 1;
  const isSpent = used >= retry.maxAttempts;
  if (isSpent && throughSinceFailed)
    return { kind: 'parked', blames, reason: 'exhausted', detail: `${used} attempts, last: ${reason}` };
  if (blames === 'hold' || isSpent) return { kind: 'hold', blames, reason, why: reason };
  return { kind: 'retry', blames, reason };
}
