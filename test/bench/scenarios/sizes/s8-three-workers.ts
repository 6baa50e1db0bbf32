// S8: what do three worker processes cost against one? On two cores they cannot be faster; they should not be dearer.
import { eventually } from '../../../harness/deadline.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import type { WorkerRun } from '../../worker-run.ts';

const CONCURRENCY = 64;
const STABLE_MS = 60_000;

export const S8: Scenario = {
  id: 'S8',
  title: 'three worker processes against one',
  async run(lab) {
    const records = lab.sized(50_000, 3_000);
    const runs = await alternate(lab, 'S8', {
      one: () => workersRun(lab, 1, records),
      three: () => workersRun(lab, 3, records),
    });
    return {
      setting: `${records} rules published once the group is stable, ${CONCURRENCY} in flight per process, the sink answers at once`,
      runs,
      claims: [
        { figure: 'perCpuSecond', side: 'three', against: 'one' },
        { figure: 'rate', side: 'three', against: 'one' },
      ],
    };
  },
};

async function workersRun(lab: Lab, count: number, records: number): Promise<Outcome> {
  const topic = await lab.topic(0);
  const partner = lab.partner(topic, { concurrency: CONCURRENCY });
  await using started = new AsyncDisposableStack();
  const workers: WorkerRun[] = [];
  for (let index = 0; index < count; index += 1) workers.push(started.use(await lab.worker(partner)));
  await Promise.all(workers.map((worker) => worker.ready()));
  const groupId = `ess.${partner.name}`;
  const isStable = async () => {
    const [group] = (await lab.stack.admin.describeGroups([groupId])).groups;
    return group?.state === 'Stable' && group.members.length === count ? true : undefined;
  };
  await eventually(`${groupId} stable with ${count}`, isStable, { timeoutMs: STABLE_MS });
  const used = () => workers.reduce((sum, worker) => sum + worker.cpuSeconds, 0);
  const cpuAtStart = used();
  await lab.publish(topic, records);
  const report = await lab.sink.received([partner.path], records, (done) => lab.progress(done, records, ''));
  const cpu = used() - cpuAtStart;
  await Promise.all(workers.map((worker) => worker.stop()));
  return outcome(await lab.sink.report(partner.path), records, {
    perCpuSecond: report.delivered / cpu,
    rate: report.delivered / report.seconds,
  });
}
