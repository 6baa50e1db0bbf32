// A steady stream of rules: versions of each key ascend, the rate is kept on average.
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { makeRule } from './rules.ts';
import type { SourceTopic } from './source-topic.ts';

const TICK_MS = 50;

export interface Load {
  /** When Kafka acknowledged a rule to the publisher, ms since 1970; by `nameOf`. */
  readonly acknowledgedAtMs: ReadonlyMap<string, number>;
  /** How many were handed to the publisher so far. */
  published(): number;
  /** Stops publishing; resolves with everything published, in order, once Kafka has it. */
  stop(): Promise<RulePublished[]>;
}

export const nameOf = ({ ruleId, version }: Pick<RulePublished, 'ruleId' | 'version'>): string =>
  `${ruleId} v${version}`;

export function steadyLoad(source: SourceTopic, { perSecond, keys }: { perSecond: number; keys: number }): Load {
  const rules: RulePublished[] = [];
  const acknowledgedAtMs = new Map<string, number>();
  const startedAt = performance.now();
  let published: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond) - rules.length;
    const fresh = Array.from({ length: due }, (_, index) => {
      const at = rules.length + index;
      return makeRule(`r${at % keys}`, 1 + Math.floor(at / keys));
    });
    rules.push(...fresh);
    if (fresh.length === 0) return;
    published = Promise.all([published, publish(fresh)]);
    // The topic was closed by a test that has failed: nobody will stop the load.
    published.catch(() => clearInterval(timer));
  }, TICK_MS);
  async function publish(fresh: readonly RulePublished[]): Promise<void> {
    await source.publish(fresh);
    const atMs = Date.now();
    for (const rule of fresh) acknowledgedAtMs.set(nameOf(rule), atMs);
  }
  return {
    acknowledgedAtMs,
    published: () => rules.length,
    async stop() {
      clearInterval(timer);
      await published;
      return rules;
    },
  };
}
