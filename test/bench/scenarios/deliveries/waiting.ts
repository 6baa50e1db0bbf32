// Runs over records that wait in a topic, for S1, S2, S4, S7 and S9 to S11: everything from the first receipt that counts to the last.
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import { brokerPid } from '../../broker.ts';
import type { Outcome } from '../../figures/measured.ts';
import { outcome } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import type { Lab } from '../../lab.ts';
import { cpuSeconds, threadSeconds } from '../../process-cost.ts';
import type { Behaviour } from '../../sink/control.ts';
import type { Sink } from '../../sink.ts';

export interface Waiting {
  readonly topic: SourceTopic;
  readonly records: number;
  /** The first of them, which warm up and are not counted. */
  readonly warm?: number;
  readonly concurrency: number;
  readonly behaviour?: Behaviour;
  /** Threads that send (`ess worker --threads`); absent: none. */
  readonly threads?: number;
  /** More of its connector. */
  readonly deliver?: Readonly<Record<string, unknown>>;
  /** Absent: the lab's own. */
  readonly sink?: Sink;
}

/** The sink answers in order, and takes a request twice: a connector may say so. */
export const PIPED = { pipelining: 16 };

/** The worker with a new consumer group. */
export async function essRun(lab: Lab, load: Waiting): Promise<Outcome> {
  const { topic, records, concurrency, behaviour = {}, sink = lab.sink, deliver = {}, threads } = load;
  const partner = lab.partner(topic, { concurrency, ...deliver }, sink);
  await sink.behave(partner.path, behaviour);
  const args = threads === undefined ? [] : ['--threads', String(threads)];
  await using worker = await lab.workerBy(args, partner);
  const costs = await costsOf(lab, load, partner.path, worker);
  const { peakMb } = worker.memory;
  await worker.stop();
  return outcome(await sink.report(partner.path), records, { ...costs, peakMb });
}

/** undici alone, without Kafka. */
export async function dispatchRun(lab: Lab, load: Omit<Waiting, 'topic'>): Promise<Outcome> {
  const { records, concurrency, behaviour = {}, sink = lab.sink } = load;
  const { path, plan } = lab.floor(concurrency, undefined, sink);
  await sink.behave(path, behaviour);
  await using floor = await FloorRun.start('dispatch', { ...plan, records });
  const { rate, cpuUs } = await costsOf(lab, load, path, floor);
  return outcome(await sink.report(path), records, { rate, cpuUs });
}

/** A plain kafkajs worker, over the same topic. */
export async function eachMessageRun(lab: Lab, load: Waiting): Promise<Outcome> {
  const { topic, records, concurrency, behaviour = {}, sink = lab.sink } = load;
  const { path, plan } = lab.floor(concurrency, topic, sink);
  await sink.behave(path, behaviour);
  await using floor = await FloorRun.start('each-message', plan);
  const { rate, cpuUs, brokerUs } = await costsOf(lab, load, path, floor);
  return outcome(await sink.report(path), records, { rate, cpuUs, brokerUs });
}

/** By figure: CPU seconds so far, of which µs for each delivery are made. */
const USED = {
  cpuUs: cpuSeconds,
  mainUs: (pid: number) => threadSeconds(pid).get('MainThread') ?? 0,
  outboxUs: (pid: number) => threadSeconds(pid).get('outbox') ?? 0,
  senderUs: (pid: number) => threadSeconds(pid).get('sender 1') ?? 0,
  brokerUs: (_: number, broker: number) => cpuSeconds(broker),
};

type Costs = Readonly<Record<'rate' | keyof typeof USED, number>>;

/** Rate and costs between two looks while a process delivers: its start and its warm-up are not part of them. */
async function costsOf(
  lab: Lab,
  load: Omit<Waiting, 'topic'>,
  path: string,
  run: { readonly pid: number },
): Promise<Costs> {
  const { records, warm = 1, sink = lab.sink } = load;
  const broker = brokerPid();
  const look = (done: number) => {
    const used = Object.entries(USED).map(([figure, secondsOf]) => [figure, secondsOf(run.pid, broker)] as const);
    return { done, atMs: performance.now(), used: new Map(used) };
  };
  let from = look(0);
  let to = from;
  await sink.received([path], records, (done) => {
    lab.progress(done, records, '');
    to = look(done);
    if (from.done < warm) from = to;
  });
  const done = to.done - from.done;
  const each = [...to.used].map(([figure, s]) => [figure, ((s - (from.used.get(figure) ?? 0)) * 1e6) / done] as const);
  return { ...Object.fromEntries(each), rate: (done * 1_000) / (to.atMs - from.atMs) } as Costs;
}
