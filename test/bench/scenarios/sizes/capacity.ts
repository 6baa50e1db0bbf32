// CAPACITY: what a delivery costs workers, broker and disk at a steady rate; what `ess capacity` reckons with. Three processes at the end say
// whether the figures of one hold for more.
import { setTimeout as delay } from 'node:timers/promises';
import { brokerPid, bytesOf } from '../../broker.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import { cpuSeconds } from '../../process-cost.ts';
import type { WorkerRun } from '../../worker-run.ts';

const PER_SECOND = [20, 200, 1_000, 4_000];
const PROCESSES = 3;
const OF_EACH = 1_000;
const WARM_SECONDS = 3;
const CONCURRENCY = 64;
const SETTLE_MS = 2_000;
const IDLE_MS = 5_000;
/** Rules that `capacity` speaks of are as large as the demo's. */
const ROWS = ['ess.audit', 'ess.delivery-state'] as const;

export const CAPACITY: Scenario = {
  id: 'CAPACITY',
  title: 'what a delivery costs',
  alone: true,
  async run(lab) {
    const seconds = lab.sized(15, 2);
    const one = PER_SECOND.map((rate) => [`${rate}/s`, () => costs(lab, 1, rate, seconds)] as const);
    const several = [`${PROCESSES} × ${OF_EACH}/s`, () => costs(lab, PROCESSES, OF_EACH, seconds)] as const;
    const runs = await alternate(lab, 'CAPACITY', Object.fromEntries([...one, several]));
    return {
      setting: `one partner in each process, its rules at a steady rate for ${seconds} s after ${WARM_SECONDS} s to warm up, ${CONCURRENCY} in flight, the sink answers at once; cpuUs: of the workers, brokerUs: of the broker, diskBytes: ${ROWS.join(' and ')}, each for one delivery; idleCores: of a process that has nothing to do`,
      runs,
      claims: [{ figure: 'cpuUs', side: several[0], against: `${OF_EACH}/s` }],
    };
  },
};

async function costs(lab: Lab, processes: number, perSecond: number, seconds: number): Promise<Outcome> {
  const topic = await lab.topic(0);
  const partners = Array.from({ length: processes }, () => lab.partner(topic, { concurrency: CONCURRENCY }));
  await using started = new AsyncDisposableStack();
  const workers: WorkerRun[] = [];
  for (const partner of partners) workers.push(started.use(await lab.worker(partner)));
  for (const worker of workers) await worker.ready();
  const used = () => workers.reduce((sum, worker) => sum + worker.cpuSeconds, 0);
  await delay(SETTLE_MS);
  const before = used();
  await delay(IDLE_MS);
  const idleCores = ((used() - before) * 1_000) / IDLE_MS / processes;
  const paths = partners.map(({ path }) => path);
  const warm = perSecond * WARM_SECONDS;
  await lab.pace(topic, 0, warm, perSecond);
  await lab.sink.received(paths, warm * processes, () => undefined);
  await lab.sink.forget(...paths);
  const broker = brokerPid();
  const [cpu, ofBroker, disk] = [used(), cpuSeconds(broker), bytesOf(ROWS)];
  await lab.pace(topic, warm, perSecond * seconds, perSecond);
  const expected = perSecond * seconds * processes;
  const report = await lab.sink.received(paths, expected, () => undefined);
  const each = (seconds: number) => (seconds * 1e6) / expected;
  const figures = {
    cpuUs: each(used() - cpu),
    brokerUs: each(cpuSeconds(broker) - ofBroker),
    diskBytes: (bytesOf(ROWS) - disk) / expected,
    idleCores,
    rssMb: Math.max(...workers.map(({ memory }) => memory.rssMb)),
    p99: report.p99,
  };
  for (const worker of workers) await worker.stop();
  return outcome(await lab.sink.report(...paths), expected, figures);
}
