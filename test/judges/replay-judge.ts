// What a partner received of one replay, against the range that was asked for.
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import type { Received } from '../fakes/partner.ts';

export interface ReplayVerdict {
  /** Deliveries of the replay, repeats included. */
  readonly deliveries: number;
  /** Records of the range that never came. Rule and version, e.g. "r1 v3". */
  readonly missing: string[];
  /** Neither in the range nor the newest version of its rule. */
  readonly outside: string[];
  /** A version whose first delivery in the replay came after a newer one's. */
  readonly outOfOrder: string[];
  /** Came more than once. */
  readonly repeated: string[];
  /** Rules of which the partner did not get the newest version last. */
  readonly leftBehind: string[];
}

export function judgeReplay(id: string, range: readonly RulePublished[], received: readonly Received[]): ReplayVerdict {
  const nameOf = (rule: unknown, version: unknown) => `${rule} v${version}`;
  const acked = received.filter(({ status }) => status >= 200 && status < 300);
  const newest = new Map<string, number>();
  const last = new Map<string, number>();
  for (const { body } of acked) {
    const [rule, version] = [String(body['ruleId']), Number(body['version'])];
    newest.set(rule, Math.max(version, newest.get(rule) ?? 0));
    last.set(rule, version);
  }
  const wanted = new Set(range.map(({ ruleId, version }) => nameOf(ruleId, version)));
  const seen = new Set<string>();
  const before = new Map<string, number>();
  const [outside, outOfOrder, repeated]: [string[], string[], string[]] = [[], [], []];
  const again = acked.filter(({ headers }) => headers['ess-replay'] === id);
  for (const { body } of again) {
    const [rule, version] = [String(body['ruleId']), Number(body['version'])];
    const name = nameOf(rule, version);
    if (seen.has(name)) repeated.push(name);
    else if (version < (before.get(rule) ?? 0)) outOfOrder.push(name);
    if (!wanted.has(name) && version !== newest.get(rule)) outside.push(name);
    seen.add(name);
    before.set(rule, Math.max(version, before.get(rule) ?? 0));
  }
  return {
    deliveries: again.length,
    missing: [...wanted].filter((name) => !seen.has(name)),
    outside,
    outOfOrder,
    repeated,
    leftBehind: [...last].filter(([rule, version]) => version < (newest.get(rule) ?? 0)).map(([rule]) => rule),
  };
}
