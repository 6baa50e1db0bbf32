// RATE: is a rate limit kept on average, and used up, by two workers that share it by their partitions?
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../../harness/deadline.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';

const PER_SECOND = 200;
const WORKERS = 2;
const STABLE_MS = 60_000;
/** Both are busy until the one with fewer records is done: only this stretch shows the sum of their shares. */
const [FROM, TO] = [0.1, 0.6];
const LOOK_MS = 10;

export const RATE: Scenario = {
  id: 'RATE',
  title: 'a rate limit shared by two workers',
  async run(lab) {
    const records = lab.sized(8_000, 600);
    const runs = await alternate(lab, 'RATE', { two: () => limitedRun(lab, records) });
    return {
      setting: `${records} rules of one version each, ${PER_SECOND} per second allowed, ${WORKERS} workers; measured from ${FROM * 100} % to ${TO * 100} % of them`,
      runs,
      claims: [
        { figure: 'share', side: 'two', atLeast: 0.9 },
        { figure: 'share', side: 'two', atMost: 1.02 },
      ],
    };
  },
};

async function limitedRun(lab: Lab, records: number): Promise<Outcome> {
  const topic = await lab.topic(0);
  const partner = lab.partner(topic, { rateLimit: { perSecond: PER_SECOND } });
  await using started = new AsyncDisposableStack();
  for (let index = 0; index < WORKERS; index += 1) await started.use(await lab.worker(partner)).ready();
  const isStable = async () => {
    const [group] = (await lab.stack.admin.describeGroups([`ess.${partner.name}`])).groups;
    return (group?.state === 'Stable' && group.members.length === WORKERS) || undefined;
  };
  await eventually('the group is stable', isStable, { timeoutMs: STABLE_MS });
  await lab.publish(topic, records, records);
  const from = await passed(lab, partner.path, records * FROM);
  const to = await passed(lab, partner.path, records * TO);
  const rate = ((to.delivered - from.delivered) * 1000) / (to.atMs - from.atMs);
  const report = await lab.sink.received([partner.path], records, (done) => lab.progress(done, records, ''));
  return outcome(report, records, { rate, share: rate / PER_SECOND });
}

/** Resolves with the first count that is not below. */
async function passed(lab: Lab, path: string, wanted: number): Promise<{ delivered: number; atMs: number }> {
  for (;;) {
    lab.signal.throwIfAborted();
    const { delivered } = await lab.sink.count(path);
    if (delivered >= wanted) return { delivered, atMs: performance.now() };
    await delay(LOOK_MS);
  }
}
