// `onLeave` of a connector: either a person is alerted, or the partner is told, by a request that may differ from that of a rule.
import { didYouMean } from '../text/nearest.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { Method } from './request-plan.ts';

const WITHDRAWAL_FILE = 'withdrawal.json';

export type RawOnLeave = string | { readonly send?: string; readonly method?: Method; readonly url?: string };

export interface Leaving {
  /** The mapping; absent: a request without a body. */
  readonly send?: string;
  /** Where the mapping is named. */
  readonly at: FieldPath;
  readonly method?: Method;
  readonly url?: string;
}

const AT = ['onLeave'];

/** @returns undefined: a person is alerted */
export function leavingOf(
  raw: RawOnLeave | undefined,
  { delivers, streams }: { readonly delivers: boolean; readonly streams: boolean },
  findings: Findings,
): Leaving | undefined {
  if (raw === undefined || raw === 'alert') return undefined;
  if (raw === 'send') return { send: WITHDRAWAL_FILE, at: AT };
  if (typeof raw === 'string') {
    findings.add(AT, `${JSON.stringify(raw)} is not one of the choices`, didYouMean(raw, ['alert', 'send']));
    return undefined;
  }
  const { send, method, url } = raw;
  if (!delivers) {
    for (const [name, value] of Object.entries({ method, url }))
      if (value !== undefined)
        findings.add([...AT, name], 'there is no deliver to send it by', 'remove it, or add deliver');
  }
  if (send === undefined && (streams || !delivers)) {
    const message = 'is missing: without it there is nothing to show of a withdrawal on /stream and /replay';
    findings.add([...AT, 'send'], message, `name a mapping file, e.g. ${WITHDRAWAL_FILE}`);
  }
  return {
    at: [...AT, 'send'],
    ...(send !== undefined && { send }),
    ...(method !== undefined && { method }),
    ...(url !== undefined && { url }),
  };
}
