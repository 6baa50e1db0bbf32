// CONNECT: the same deliveries by Kafka Connect, beside ours: how many a second, and what each costs. Its sink does less (HttpSink.java).
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectRun } from '../../connect/kafka-connect.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import type { Memory } from '../../process-cost.ts';

const TASKS = [1, 2, 4];
const CONCURRENCY = 64;
const PER_SECOND = 1_000;
/** What a partner takes that is not on the same machine. */
const ANSWER_MS = 20;

/** A process that delivers. */
interface Deliverer extends AsyncDisposable {
  /** @throws when it delivers no more */
  readonly cpuSeconds: number;
  readonly memory: Memory;
}

export const CONNECT: Scenario = {
  id: 'CONNECT',
  title: 'the same deliveries by Kafka Connect',
  alone: true,
  async run(lab) {
    const sizes = {
      waiting: lab.sized(60_000, 2_000),
      seconds: lab.sized(15, 2),
      slowMs: lab.sized(10_000, 1_000),
      slowRecords: lab.sized(60_000, 6_000),
    };
    const connect = TASKS.map((tasks) => [`connect ${tasks}`, () => delivered(lab, sizes, tasks)] as const);
    const runs = await alternate(
      lab,
      'CONNECT',
      Object.fromEntries([['ess', () => delivered(lab, sizes)], ...connect]),
    );
    return {
      setting: `one process, 12 partitions; ess: ${CONCURRENCY} in flight, with signature and audit; connect N: N tasks, each with one request at a time, without; rate: of ${sizes.waiting} rules waiting, the sink answers at once; cpuUs, p99: at ${PER_SECOND}/s for ${sizes.seconds} s afterwards; slowRate: the sink answers after ${ANSWER_MS} ms`,
      runs,
      claims: TASKS.map((tasks) => ({ figure: 'cpuUs', side: 'ess', against: `connect ${tasks}` })),
    };
  },
};

interface Sizes {
  readonly waiting: number;
  readonly seconds: number;
  readonly slowMs: number;
  /** More than anybody delivers in that time. */
  readonly slowRecords: number;
}

/** @param tasks of Kafka Connect; undefined: our worker */
async function delivered(lab: Lab, { waiting, seconds, slowMs, slowRecords }: Sizes, tasks?: number): Promise<Outcome> {
  const topic = await lab.topic(waiting);
  const { name, path } = lab.partner(topic, { concurrency: CONCURRENCY });
  await using run: Deliverer =
    tasks === undefined
      ? await lab.worker({ name, path })
      : await ConnectRun.start({ stack: lab.stack, topic: topic.name, url: lab.sink.url(path), name, tasks });
  const mustRun = () => void run.cpuSeconds;
  const first = await lab.sink.received([path], waiting, mustRun);
  await lab.sink.forget(path);
  const cpu = run.cpuSeconds;
  const steady = PER_SECOND * seconds;
  await lab.pace(topic, waiting, steady, PER_SECOND);
  const second = await lab.sink.received([path], steady, mustRun);
  const cpuUs = ((run.cpuSeconds - cpu) * 1e6) / steady;
  await lab.sink.behave(path, { delayMs: ANSWER_MS });
  await lab.publish(topic, slowRecords);
  const { delivered: before } = await lab.sink.count(path);
  await delay(slowMs);
  const { delivered: after } = await lab.sink.count(path);
  const figures = {
    rate: first.delivered / first.seconds,
    cpuUs,
    p99: second.p99,
    slowRate: ((after - before) * 1_000) / slowMs,
    rssMb: run.memory.rssMb,
  };
  const lost = waiting - first.delivered;
  const both = outcome(second, steady, figures);
  return { ...both, lost: both.lost + lost, outOfOrder: both.outOfOrder + first.outOfOrder };
}
