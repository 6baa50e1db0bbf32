// S4: does one rule that the partner takes long for slow the others down? (Guarantee 3.)
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';

const CONCURRENCY = 64;
const DELAY_MS = 20;
const SLOW = { ruleId: 'rule-500', delayMs: 500 };
/** The same rule, counted apart but not slowed. */
const NOT_SLOW = { ruleId: SLOW.ruleId, delayMs: DELAY_MS };

export const S4: Scenario = {
  id: 'S4',
  title: 'one slow key of 1,000',
  async run(lab) {
    const records = lab.sized(10_000, 2_000);
    const topic = await lab.topic(records);
    const runs = await alternate(lab, 'S4', {
      'none slow': () => keyRun(lab, topic, records, NOT_SLOW),
      'one slow': () => keyRun(lab, topic, records, SLOW),
    });
    return {
      setting: `${records} rules waiting, ${DELAY_MS} ms per request, one key takes ${SLOW.delayMs} ms, ${CONCURRENCY} in flight; rate of the other keys`,
      runs,
      claims: [{ figure: 'rate', side: 'one slow', against: 'none slow', atLeast: 0.95 }],
    };
  },
};

async function keyRun(lab: Lab, topic: SourceTopic, records: number, slow: typeof SLOW): Promise<Outcome> {
  const partner = lab.partner(topic, { concurrency: CONCURRENCY });
  await lab.sink.behave(partner.path, { delayMs: DELAY_MS, slow });
  await using worker = await lab.worker(partner);
  await worker.ready();
  const paths = [partner.path, `${partner.path}#slow`] as const;
  const all = await lab.sink.received(paths, records, (done) => lab.progress(done, records, ''));
  await worker.stop();
  const others = await lab.sink.report(paths[0]);
  return outcome(all, records, { rate: others.delivered / others.seconds });
}
