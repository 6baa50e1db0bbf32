// S1: how many deliveries per second when the partner answers at once?
import type { Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import type { Waiting } from './waiting.ts';
import { dispatchRun, eachMessageRun, essRun, PIPED } from './waiting.ts';

const CONCURRENCY = 64;

const setting = (records: number, warm: number) =>
  `${records} rules waiting, the first ${warm} to warm up, 12 partitions, 1,000 keys, ${CONCURRENCY} requests in flight; of a worker's CPU: mainUs of its first thread, outboxUs of the outbox's, senderUs of the one that sends (--threads 1); brokerUs beside it; piped: deliver.pipelining ${PIPED.pipelining}`;

const load = async (lab: Lab): Promise<Waiting & { readonly warm: number }> => {
  const records = lab.sized(300_000, 3_000);
  return { topic: await lab.topic(records), records, warm: lab.sized(50_000, 500), concurrency: CONCURRENCY };
};

export const S1: Scenario = {
  id: 'S1',
  title: 'rules waiting, the sink answers at once',
  async run(lab) {
    const waiting = await load(lab);
    const runs = await alternate(lab, 'S1', {
      dispatch: () => dispatchRun(lab, waiting),
      ess: () => essRun(lab, waiting),
      'ess piped': () => essRun(lab, { ...waiting, deliver: PIPED }),
      'ess piped --threads 1': () => essRun(lab, { ...waiting, deliver: PIPED, threads: 1 }),
      eachMessage: () => eachMessageRun(lab, waiting),
    });
    return {
      setting: setting(waiting.records, waiting.warm),
      runs,
      claims: [
        { figure: 'rate', side: 'ess', against: 'dispatch', paired: true },
        { figure: 'rate', side: 'ess', against: 'eachMessage', paired: true, atLeast: 0.9 },
        { figure: 'rate', side: 'ess piped', against: 'eachMessage', paired: true, atLeast: 0.9 },
        { figure: 'rate', side: 'ess piped --threads 1', against: 'eachMessage', paired: true },
        { figure: 'cpuUs', side: 'ess', against: 'eachMessage', paired: true },
        // 38 µs where eachMessage takes 29.
        { figure: 'cpuUs', side: 'ess piped', against: 'eachMessage', paired: true, atMost: 1.31 },
        { figure: 'cpuUs', side: 'ess piped', against: 'ess', paired: true },
        { figure: 'cpuUs', side: 'ess', atMost: 38 },
        { figure: 'cpuUs', side: 'ess piped', atMost: 38 },
      ],
    };
  },
  async pair(lab) {
    const waiting = await load(lab);
    return { setting: setting(waiting.records, waiting.warm), measure: () => essRun(lab, waiting) };
  },
};
