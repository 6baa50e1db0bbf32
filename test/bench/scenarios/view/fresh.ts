// FRESH: how long from a publish until the view says that the partner has it, when the system is not busy (the load of S3)?
import { setTimeout as delay } from 'node:timers/promises';
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import { nowUs } from '../../clock.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import type { Lab } from '../../lab.ts';
import { KEYS, ruleAt } from '../../load.ts';

const PER_SECOND = 200;
const WARM_SECONDS = 3;
const CONCURRENCY = 64;
const STEP_MS = 2;
/** What is not seen by then is lost. */
const SEEN_WITHIN_MS = 10_000;

export const FRESH: Scenario = {
  id: 'FRESH',
  title: 'publish to in step, as the view says it',
  alone: true,
  async run(lab) {
    const seconds = lab.sized(20, 2);
    const runs = await alternate(lab, 'FRESH', { view: () => fresh(lab, seconds) });
    return {
      setting: `${PER_SECOND} rules per second for ${seconds} s, after ${WARM_SECONDS} s to warm up; ackedP99 is when the sink had answered`,
      runs,
      claims: [{ figure: 'p99', side: 'view' }],
    };
  },
};

async function fresh(lab: Lab, seconds: number): Promise<Outcome> {
  const topic = await lab.topic(0);
  const partner = lab.partner(topic, { concurrency: CONCURRENCY });
  await using worker = await lab.worker(partner);
  await worker.ready();
  const { brokers, registry } = lab.stack;
  const plan = { url: '', concurrency: 0, brokers, registry, connectors: lab.connectors, partner: partner.name };
  await using watch = await FloorRun.start('view-watch', plan);
  const seenAtUs = new Map<string, number>();
  watch.onMessage((message) => {
    const { atUs, acked } = message as { atUs: number; acked: readonly string[] };
    for (const one of acked) seenAtUs.set(one, atUs);
  });
  const warm = PER_SECOND * WARM_SECONDS;
  const records = PER_SECOND * seconds;
  await paced(lab, topic, 0, warm);
  await lab.sink.received([partner.path], warm, () => undefined);
  await lab.sink.forget(partner.path);
  const sentAtUs = await paced(lab, topic, warm, records);
  const report = await lab.sink.received([partner.path], records, () => undefined);
  const deadline = performance.now() + SEEN_WITHIN_MS;
  while ([...sentAtUs.keys()].some((one) => !seenAtUs.has(one)) && performance.now() < deadline) await delay(STEP_MS);
  const delays = [...sentAtUs]
    .flatMap(([one, atUs]) => (seenAtUs.has(one) ? [((seenAtUs.get(one) ?? 0) - atUs) / 1_000] : []))
    .sort((a, b) => a - b);
  const share = (part: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * part))] ?? Number.NaN;
  await worker.stop();
  const { lost, ...rest } = outcome(report, records, { p50: share(0.5), p99: share(0.99), ackedP99: report.p99 });
  return { ...rest, lost: lost + records - delays.length };
}

/** @returns when each was published, by rule and version */
async function paced(lab: Lab, topic: SourceTopic, from: number, records: number): Promise<Map<string, number>> {
  const sentAtUs = new Map<string, number>();
  const acknowledged: Array<Promise<unknown>> = [];
  const startedAt = performance.now();
  while (acknowledged.length < records) {
    lab.signal.throwIfAborted();
    const due = Math.min(records, Math.floor(((performance.now() - startedAt) / 1_000) * PER_SECOND) + 1);
    while (acknowledged.length < due) {
      const rule = ruleAt(from + acknowledged.length, KEYS);
      sentAtUs.set(`${rule.ruleId}/${rule.version}`, nowUs());
      acknowledged.push(topic.publish([rule]));
    }
    lab.progress(acknowledged.length, records, 'publishing');
    await delay(STEP_MS);
  }
  await Promise.all(acknowledged);
  return sentAtUs;
}
