// RESUME: how soon is a partner served again that was away?
import { setTimeout as delay } from 'node:timers/promises';
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab, Partner } from '../../lab.ts';

const PER_SECOND = 200;
const LOOK_MS = 5;

export const RESUME: Scenario = {
  id: 'RESUME',
  title: 'a partner that comes back',
  async run(lab) {
    const awayMs = lab.sized(20_000, 2_000);
    const topic = await lab.topic(0);
    const partner = lab.partner(topic, {});
    await using worker = await lab.worker(partner);
    await worker.ready();
    let published = 0;
    const runs = await alternate(lab, 'RESUME', {
      ess: async () => {
        const records = PER_SECOND * Math.ceil(awayMs / 1000);
        const run = await awayRun(lab, partner, topic, published, records);
        published += records;
        return run;
      },
    });
    return {
      setting: `${PER_SECOND} rules per second for ${awayMs / 1000} s while the partner refuses connections; ms from its return to its first delivery`,
      runs,
      claims: [{ figure: 'firstMs', side: 'ess', atMost: 2_000 }],
    };
  },
};

async function awayRun(
  lab: Lab,
  partner: Partner,
  topic: SourceTopic,
  from: number,
  records: number,
): Promise<Outcome> {
  const { sink } = lab;
  await sink.forget(partner.path);
  await sink.down();
  await lab.pace(topic, from, records, PER_SECOND);
  const upAt = performance.now();
  await sink.up();
  while ((await sink.count(partner.path)).delivered === 0) {
    lab.signal.throwIfAborted();
    await delay(LOOK_MS);
  }
  const firstMs = performance.now() - upAt;
  return outcome(await sink.received([partner.path], records, () => undefined), records, { firstMs });
}
