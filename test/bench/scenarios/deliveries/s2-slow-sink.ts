// S2: does the concurrency hold when each request takes its time?
import type { Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import type { Sink } from '../../sink.ts';
import { dispatchRun, eachMessageRun, essRun, PIPED } from './waiting.ts';

const DELAY_MS = 20;

export const S2: Scenario = slowSink('S2', 'rules waiting, the sink takes 20 ms', async (lab) => lab.sink);

/** @param open the sink, once for all runs */
export function slowSink(id: string, title: string, open: (lab: Lab) => Promise<Sink>): Scenario {
  return {
    id,
    title,
    async run(lab) {
      const records = lab.sized(60_000, 1_500);
      const [topic, sink] = [await lab.topic(records), await open(lab)];
      const behaviour = { delayMs: DELAY_MS };
      const load = (concurrency: number) => ({ topic, records, warm: records / 3, concurrency, behaviour, sink });
      // One request at a time for each of twelve partitions: a tenth of the records takes it as long.
      const few = records / 10;
      const plain = { topic: await lab.topic(few), records: few, concurrency: 64, behaviour, sink };
      const runs = await alternate(lab, id, {
        'dispatch 64': () => dispatchRun(lab, load(64)),
        'ess 64': () => essRun(lab, load(64)),
        'dispatch 256': () => dispatchRun(lab, load(256)),
        'ess 256': () => essRun(lab, load(256)),
        'ess 256 piped': () => essRun(lab, { ...load(256), deliver: PIPED }),
        eachMessage: () => eachMessageRun(lab, plain),
      });
      return {
        setting: `${records} rules waiting, the first third to warm up, 1,000 keys, ${DELAY_MS} ms per request, 64 and 256 in flight; piped: deliver.pipelining ${PIPED.pipelining}`,
        runs,
        claims: [
          { figure: 'rate', side: 'ess 64', against: 'dispatch 64', atLeast: 0.9 },
          { figure: 'rate', side: 'ess 256', against: 'dispatch 256', atLeast: 0.92 },
          { figure: 'rate', side: 'ess 256 piped', against: 'dispatch 256', atLeast: 0.92 },
          { figure: 'rate', side: 'ess 64', against: 'eachMessage' },
        ],
      };
    },
    async pair(lab) {
      const records = lab.sized(30_000, 1_500);
      const [topic, sink] = [await lab.topic(records), await open(lab)];
      const load = { topic, records, concurrency: 64, behaviour: { delayMs: DELAY_MS }, sink };
      return {
        setting: `${records} rules waiting, 1,000 keys, ${DELAY_MS} ms per request, ${load.concurrency} in flight`,
        measure: () => essRun(lab, load),
      };
    },
  };
}
