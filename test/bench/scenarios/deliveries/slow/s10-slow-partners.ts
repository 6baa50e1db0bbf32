// S10: does a partner that is slow, in one of three ways, get what it bears? Against as many requests in flight as the connector allows.
import type { Outcome, Scenario } from '../../../figures/measured.ts';
import { alternate } from '../../../figures/measured.ts';
import type { Lab } from '../../../lab.ts';
import type { Behaviour } from '../../../sink/control.ts';
import { dispatchRun, essRun } from '../waiting.ts';

const CONCURRENCY = 32;
/** It takes all that is sent, and works on so many at once. */
const QUEUE = { servers: 8, queue: 1_000 };

export const S10: Scenario = {
  id: 'S10',
  title: 'partners that are slow and healthy',
  async run(lab) {
    const records = lab.sized(1_500, 150);
    const fast = lab.sized(300, 30);
    const sides = await Promise.all([
      sidesOf(lab, 'slower', records, { delayMs: 20, later: { after: fast, delayMs: 600 } }),
      sidesOf(lab, 'spread', records, { spreadMs: [50, 1_100] }),
      sidesOf(lab, 'queue', records, { delayMs: 100, capacity: QUEUE }),
    ]);
    const runs = await alternate(lab, 'S10', Object.assign({}, ...sides));
    return {
      setting: `${records} rules waiting, 1,000 keys, ${CONCURRENCY} in flight. slower: 20 ms, and 600 ms after ${fast} requests; spread: 50 to 1,100 ms; queue: ${QUEUE.servers} at once, 100 ms each, the rest waits there`,
      runs,
      claims: ['slower', 'spread', 'queue'].map((kind) => ({
        figure: 'rate' as const,
        side: `ess ${kind}`,
        against: `dispatch ${kind}`,
        atLeast: 0.9,
      })),
    };
  },
};

async function sidesOf(
  lab: Lab,
  kind: string,
  records: number,
  behaviour: Behaviour,
): Promise<Record<string, () => Promise<Outcome>>> {
  const load = { topic: await lab.topic(records), records, concurrency: CONCURRENCY, behaviour };
  return { [`dispatch ${kind}`]: () => dispatchRun(lab, load), [`ess ${kind}`]: () => essRun(lab, load) };
}
