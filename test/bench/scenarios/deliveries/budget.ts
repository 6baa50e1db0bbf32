// BUDGET: what do the others lose while some rules are refused again and again? (Guarantee 3.)
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';

const CONCURRENCY = 64;
const DELAY_MS = 20;
const KEYS = 1_000;
const SICK_EVERY = 20;
/** Never given up, so that they are at it until the others are through. */
const RETRY = { maxAttempts: 1_000, firstMs: 200, maxMs: 2_000 };

export const BUDGET: Scenario = {
  id: 'BUDGET',
  title: 'one key of 20 is always answered 500',
  async run(lab) {
    const records = lab.sized(20_000, 2_000);
    const topic = await lab.topic(records, KEYS);
    const runs = await alternate(lab, 'BUDGET', {
      'none sick': () => sickRun(lab, topic, records, undefined),
      '5 % sick': () => sickRun(lab, topic, records, SICK_EVERY),
    });
    return {
      setting: `${records} rules waiting, ${KEYS} keys, ${DELAY_MS} ms per request, ${CONCURRENCY} in flight; one key of ${SICK_EVERY} is answered 500, tried again after ${RETRY.firstMs} ms to ${RETRY.maxMs / 1000} s; rate of the other keys`,
      runs,
      claims: [{ figure: 'rate', side: '5 % sick', against: 'none sick', atLeast: 0.9 }],
    };
  },
};

async function sickRun(lab: Lab, topic: SourceTopic, records: number, sickEvery: number | undefined): Promise<Outcome> {
  const partner = lab.partner(topic, { concurrency: CONCURRENCY, retry: RETRY });
  await lab.sink.behave(partner.path, { delayMs: DELAY_MS, ...(sickEvery !== undefined && { sickEvery }) });
  await using worker = await lab.worker(partner);
  await worker.ready();
  // Keys come in turn, so that each has as many records as any other.
  const healthy = sickEvery === undefined ? records : records - records / sickEvery;
  const report = await lab.sink.received([partner.path], healthy, (done) => lab.progress(done, healthy, ''));
  return outcome(report, healthy, { rate: report.delivered / report.seconds, refused: report.refused });
}
