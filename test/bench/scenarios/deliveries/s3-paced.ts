// S3: how long from a publish to its ack when the system is not busy?
import { setTimeout as delay } from 'node:timers/promises';
import { STAGE_NAMES } from '@ess/runtime/metrics/stages.ts';
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import type { Lab } from '../../lab.ts';
import type { WorkerRun } from '../../worker-run.ts';

const PER_SECOND = 200;

interface Warm {
  readonly records: number;
  readonly perSecond: number;
}

const WARM_SECONDS = 3;
const WARM: Warm = { records: PER_SECOND * WARM_SECONDS, perSecond: PER_SECOND };
/** For CPU per record: until the code that delivers is compiled a process spends a third of its time on compiling it. */
const WARM_WELL = { records: 12_000, perSecond: 3_000 };
const CONCURRENCY = 64;

export const S3: Scenario = {
  id: 'S3',
  title: 'publish to ack, paced',
  async run(lab) {
    const seconds = lab.sized(20, 2);
    const runs = await alternate(lab, 'S3', {
      bare: () => floorRun(lab, seconds, 'bare-consumer'),
      eachMessage: () => floorRun(lab, seconds, 'each-message'),
      ess: () => essRun(lab, seconds),
    });
    return {
      setting: `${PER_SECOND} rules per second for ${seconds} s, after ${WARM_SECONDS} s to warm up; the sink answers at once`,
      runs,
      claims: [
        { figure: 'p99', side: 'ess', against: 'bare', atMost: 1.1 },
        { figure: 'p99', side: 'ess', against: 'eachMessage' },
        { figure: 'p99', side: 'ess', atMost: 100 },
        { figure: 'p50', side: 'ess', against: 'bare' },
        { figure: 'stageGap', side: 'ess', atMost: 1 },
      ],
    };
  },
  async pair(lab) {
    const seconds = lab.sized(15, 1);
    const warm = { ...WARM_WELL, records: lab.sized(WARM_WELL.records, 300) };
    return {
      setting: `${PER_SECOND} rules per second for ${seconds} s, after ${warm.records} at ${warm.perSecond}/s to warm up; CPU of the worker for each of them`,
      measure: () => essRun(lab, seconds, warm),
    };
  },
};

async function essRun(lab: Lab, seconds: number, warm = WARM): Promise<Outcome> {
  const topic = await lab.topic(0);
  const partner = lab.partner(topic, { concurrency: CONCURRENCY });
  await using worker = await lab.worker(partner);
  await worker.ready();
  const measured = await pacedRun(lab, topic, partner.path, { seconds, warm }, worker);
  await worker.stop();
  return measured;
}

async function floorRun(lab: Lab, seconds: number, name: 'bare-consumer' | 'each-message'): Promise<Outcome> {
  const topic = await lab.topic(0);
  const { path, plan } = lab.floor(CONCURRENCY, topic);
  await using _floor = await FloorRun.start(name, plan);
  return await pacedRun(lab, topic, path, { seconds, warm: WARM }); // awaited here: the floor is gone with this function
}

/** Warms up, forgets, measures. */
async function pacedRun(
  lab: Lab,
  topic: SourceTopic,
  path: string,
  { seconds, warm }: { readonly seconds: number; readonly warm: Warm },
  worker?: WorkerRun,
): Promise<Outcome> {
  const records = PER_SECOND * seconds;
  await lab.pace(topic, 0, warm.records, warm.perSecond);
  await lab.sink.received([path], warm.records, () => undefined);
  await lab.sink.forget(path);
  await delay(100);
  const cpu = worker?.cpuSeconds ?? 0;
  await lab.pace(topic, warm.records, records, PER_SECOND);
  const report = await lab.sink.received([path], records, () => undefined);
  const cost = worker && {
    cpuUs: ((worker.cpuSeconds - cpu) * 1e6) / records,
    stageGap: await stageGapMs(worker, path.slice(1)),
  };
  return outcome(report, records, { ...cost, p50: report.p50, p99: report.p99, max: report.max });
}

/** How much of the way from publish to ack no stage tells of, ms for each record. */
async function stageGapMs(worker: WorkerRun, partner: string): Promise<number> {
  const before = STAGE_NAMES.filter((stage) => stage !== 'row');
  const [publishToAck = 0, count = 0, ...stages] = await worker.metrics([
    'ess_delivery_latency_seconds_sum',
    'ess_delivery_latency_seconds_count',
    ...before.map((stage) => `ess_stage_seconds_sum{partner="${partner}",stage="${stage}"}`),
  ]);
  const sum = stages.reduce((total, seconds) => total + seconds, 0);
  return (Math.abs(sum - publishToAck) * 1000) / count;
}
