// A steady stream of rules: versions of each key ascend, the rate is kept on average.
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { makeRule } from './rules.ts';
import type { SourceTopic } from './source-topic.ts';

const TICK_MS = 20;

export interface Load {
  /** Stops publishing; resolves with everything published, in order, once Kafka has it. */
  stop(): Promise<RulePublished[]>;
}

export function steadyLoad(source: SourceTopic, { perSecond, keys }: { perSecond: number; keys: number }): Load {
  const rules: RulePublished[] = [];
  const startedAt = performance.now();
  let published: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond) - rules.length;
    const fresh = Array.from({ length: due }, (_, index) => {
      const at = rules.length + index;
      return makeRule(`r${at % keys}`, 1 + Math.floor(at / keys));
    });
    rules.push(...fresh);
    if (fresh.length > 0) published = Promise.all([published, source.publish(fresh)]);
  }, TICK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await published;
      return rules;
    },
  };
}
