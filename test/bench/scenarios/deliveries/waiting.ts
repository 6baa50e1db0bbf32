// Runs over records that wait in a topic, for S1, S2, S4, S7, S9 and S10: everything from the first receipt to the last.
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import type { Outcome } from '../../figures/measured.ts';
import { outcome } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import type { Lab } from '../../lab.ts';
import type { Behaviour } from '../../sink/control.ts';
import type { Sink } from '../../sink.ts';

export interface Waiting {
  readonly topic: SourceTopic;
  readonly records: number;
  readonly concurrency: number;
  readonly behaviour?: Behaviour;
  /** More of its connector. */
  readonly deliver?: Readonly<Record<string, unknown>>;
  /** Absent: the lab's own. */
  readonly sink?: Sink;
}

/** The worker with a new consumer group. */
export async function essRun(lab: Lab, load: Waiting): Promise<Outcome> {
  const { topic, records, concurrency, behaviour = {}, sink = lab.sink, deliver = {} } = load;
  const partner = lab.partner(topic, { concurrency, ...deliver }, sink);
  await sink.behave(partner.path, behaviour);
  await using worker = await lab.worker(partner);
  // CPU per delivery between two looks while it delivers: its start is not part of it.
  let [from, to] = [
    { done: 0, cpu: 0 },
    { done: 0, cpu: 0 },
  ];
  const report = await sink.received([partner.path], records, (done) => {
    lab.progress(done, records, '');
    to = { done, cpu: worker.cpuSeconds };
    if (from.done === 0) from = to;
  });
  const { peakMb } = worker.memory;
  await worker.stop();
  const after = await sink.report(partner.path);
  const rate = report.delivered / report.seconds;
  return outcome(after, records, { rate, cpuUs: ((to.cpu - from.cpu) * 1e6) / (to.done - from.done), peakMb });
}

/** undici alone, without Kafka. */
export async function dispatchRun(
  lab: Lab,
  { records, concurrency, behaviour = {}, sink = lab.sink }: Omit<Waiting, 'topic'>,
): Promise<Outcome> {
  const { path, plan } = lab.floor(concurrency, undefined, sink);
  await sink.behave(path, behaviour);
  await using _floor = await FloorRun.start('dispatch', { ...plan, records });
  const report = await sink.received([path], records, (done) => lab.progress(done, records, ''));
  return outcome(report, records, { rate: report.delivered / report.seconds });
}

/** A plain kafkajs worker, over the same topic. */
export async function eachMessageRun(
  lab: Lab,
  { topic, records, concurrency, behaviour = {} }: Waiting,
): Promise<Outcome> {
  const { path, plan } = lab.floor(concurrency, topic);
  await lab.sink.behave(path, behaviour);
  await using _floor = await FloorRun.start('each-message', plan);
  const report = await lab.sink.received([path], records, (done) => lab.progress(done, records, ''));
  return outcome(report, records, { rate: report.delivered / report.seconds });
}
