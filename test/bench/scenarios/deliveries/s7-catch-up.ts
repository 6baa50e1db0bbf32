// S7: how long until a partner that was away has everything, sending every version or only the newest of each rule?

import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import { eventually } from '../../../harness/deadline.ts';
import { nowUs } from '../../clock.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import { KEYS } from '../../load.ts';
import { dispatchRun, eachMessageRun } from './waiting.ts';

const CONCURRENCY = 64;
const LAG_MS = 120_000;
const HELD_MS = 60_000;

export const S7: Scenario = {
  id: 'S7',
  title: 'catching up after an outage',
  async run(lab) {
    const records = lab.sized(30_000, 3_000);
    const topic = await lab.topic(records);
    const runs = await alternate(lab, 'S7', {
      dispatch: () => dispatchRun(lab, { records, concurrency: CONCURRENCY }),
      eachMessage: () => eachMessageRun(lab, { topic, records, concurrency: CONCURRENCY }),
      every: () => catchUpRun(lab, topic, records, 'every'),
      latest: () => catchUpRun(lab, topic, records, 'latest'),
    });
    return {
      setting: `${records} records of ${KEYS} keys held behind a partner that refuses connections; seconds from its return until the lag is 0`,
      runs,
      claims: [
        { figure: 'seconds', side: 'latest', against: 'every' },
        { figure: 'sent', side: 'latest', atLeast: KEYS, atMost: KEYS },
      ],
    };
  },
};

async function catchUpRun(
  lab: Lab,
  topic: SourceTopic,
  records: number,
  catchUp: 'every' | 'latest',
): Promise<Outcome> {
  const { admin } = lab.stack;
  const partner = lab.partner(topic, { concurrency: CONCURRENCY, catchUp });
  const group = `ess.${partner.name}`;
  await lab.sink.down();
  let returnedAtUs = 0;
  try {
    await using worker = await lab.worker(partner);
    await worker.ready();
    const isHeld = async () => ((await worker.metrics(['ess_circuit_state{']))[0] === 1 ? true : undefined);
    await eventually('the partner is held', isHeld, { timeoutMs: HELD_MS });
    await lab.sink.up();
    returnedAtUs = nowUs();
    const expected = catchUp === 'every' ? records : KEYS;
    await lab.sink.received([partner.path], expected, (done) => lab.progress(done, expected, ''));
    await eventually('no lag', async () => ((await lagOf()) === 0 ? true : undefined), { timeoutMs: LAG_MS });
    const seconds = (nowUs() - returnedAtUs) / 1e6;
    await worker.stop();
    const report = await lab.sink.report(partner.path);
    const toLastReceipt = (report.lastAtUs - returnedAtUs) / 1e6;
    // With `latest` more than one record per key is no loss; the claim on `sent` tells.
    const wanted = catchUp === 'every' ? records : Math.max(KEYS, report.delivered);
    return outcome(report, wanted, { seconds, toLastReceipt, sent: report.delivered });
  } finally {
    if (returnedAtUs === 0) await lab.sink.up();
  }

  async function lagOf(): Promise<number> {
    const [ends, [committed]] = await Promise.all([
      admin.fetchTopicOffsets(topic.name),
      admin.fetchOffsets({ groupId: group, topics: [topic.name] }),
    ]);
    const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
    return ends.reduce((sum, { partition, high }) => sum + Number(high) - (at.get(partition) ?? 0), 0);
  }
}
