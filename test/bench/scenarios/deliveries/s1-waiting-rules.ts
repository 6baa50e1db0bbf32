// S1: how many deliveries per second when the partner answers at once?
import type { Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { dispatchRun, eachMessageRun, essRun } from './waiting.ts';

const CONCURRENCY = 64;

const setting = (records: number) =>
  `${records} rules waiting, 12 partitions, 1,000 keys, ${CONCURRENCY} requests in flight`;

export const S1: Scenario = {
  id: 'S1',
  title: 'rules waiting, the sink answers at once',
  async run(lab) {
    const records = lab.sized(50_000, 3_000);
    const topic = await lab.topic(records);
    const load = { topic, records, concurrency: CONCURRENCY };
    const runs = await alternate(lab, 'S1', {
      dispatch: () => dispatchRun(lab, load),
      ess: () => essRun(lab, load),
      eachMessage: () => eachMessageRun(lab, load),
    });
    return {
      setting: setting(records),
      runs,
      claims: [
        { figure: 'rate', side: 'ess', against: 'dispatch', atLeast: 0.5 },
        { figure: 'rate', side: 'ess', against: 'eachMessage', atLeast: 1 },
      ],
    };
  },
  async pair(lab) {
    const records = lab.sized(100_000, 3_000);
    const topic = await lab.topic(records);
    return { setting: setting(records), measure: () => essRun(lab, { topic, records, concurrency: CONCURRENCY }) };
  },
};
