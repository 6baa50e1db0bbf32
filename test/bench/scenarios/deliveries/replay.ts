// REPLAY: does the replay of one partner slow the others of the same workers? (Asked: p99 ≤ 1.5 × without.)

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { controlKey, makeCommand } from '@ess/domain/control/control-state.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import { commandEncoder } from '@ess/stream/read/control-log.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { SourceTopic } from '../../../harness/data/source-topic.ts';
import { eventually } from '../../../harness/deadline.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab, Partner } from '../../lab.ts';
import type { WorkerRun } from '../../worker-run.ts';

const PER_SECOND = 200;
const SETTLE_MS = 1_000;
const WORKERS = 3;
const STABLE_MS = 60_000;
/** What `ess replay` asks for unless told otherwise. */
const DEFAULT_PER_SECOND = 250;

export const REPLAY: Scenario = {
  id: 'REPLAY',
  title: 'a partner beside one whose records are replayed',
  async run(lab) {
    const seconds = lab.sized(16, 2);
    const records = lab.sized(4_000, 500);
    await using pairOf = await twoPartners(lab, records);
    await pairOf.beside(seconds, 0); // warms up
    // Code that only a replay runs is compiled during the first one, which is therefore a side of its own.
    const first = { side: 'first replay', ...(await pairOf.beside(seconds, records)) };
    const runs = await alternate(lab, 'REPLAY', {
      alone: () => pairOf.beside(seconds, 0),
      replay: () => pairOf.beside(seconds, records),
    });
    return {
      setting: `A: ${PER_SECOND} rules per second for ${seconds} s. B in the same ${WORKERS} processes, up to date, or ${records} records of it replayed at ${DEFAULT_PER_SECOND}/s (what ess replay asks for); the first replay of these processes by itself`,
      runs: [first, ...runs],
      claims: [
        { figure: 'p99', side: 'replay', against: 'alone', atMost: 1.5 },
        { figure: 'p50', side: 'replay', against: 'alone' },
      ],
    };
  },
  async pair(lab) {
    const seconds = lab.sized(8, 2);
    const records = lab.sized(2_000, 500);
    return {
      setting: `A: ${PER_SECOND} rules per second for ${seconds} s, while ${records} records of B are replayed at ${DEFAULT_PER_SECOND}/s in the same ${WORKERS} processes; their CPU for each record of both`,
      measure: async () => {
        await using pairOf = await twoPartners(lab, records);
        await pairOf.beside(1, 0); // warms up
        return await pairOf.beside(seconds, records);
      },
    };
  },
};

/** Workers of A, whose records are published at a pace, and of B, up to date, whose records may be replayed meanwhile. */
async function twoPartners(lab: Lab, records: number) {
  const sinkB = await lab.anotherSink();
  const [topicA, topicB] = [await lab.topic(0), await lab.topic(records)];
  const [a, b] = [lab.partner(topicA, {}), lab.partner(topicB, {}, sinkB)];
  const started = new AsyncDisposableStack();
  const workers: WorkerRun[] = [];
  for (let index = 0; index < WORKERS; index += 1) workers.push(started.use(await lab.worker(a, b)));
  for (const { name } of [a, b]) await stable(lab, name);
  await sinkB.received([b.path], records, () => undefined);
  let published = 0;
  const beside = async (seconds: number, replayed: number): Promise<Outcome> => {
    await delay(SETTLE_MS);
    await lab.sink.forget(a.path);
    await sinkB.forget(b.path);
    const cpuSeconds = () => workers.reduce((sum, worker) => sum + worker.cpuSeconds, 0);
    const cpu = cpuSeconds();
    if (replayed > 0) await replay(lab, b, topicB, DEFAULT_PER_SECOND);
    const paced = PER_SECOND * seconds;
    await lab.pace(topicA, published, paced, PER_SECOND);
    published += paced;
    const { p50, p99, max, ...rest } = await lab.sink.received([a.path], paced, () => undefined);
    const again = replayed > 0 ? (await sinkB.received([b.path], replayed, () => undefined)).delivered : 0;
    const cpuUs = ((cpuSeconds() - cpu) * 1e6) / (paced + replayed);
    return outcome({ p50, p99, max, ...rest }, paced, { cpuUs, p50, p99, max, replayed: again });
  };
  return { beside, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function stable(lab: Lab, partner: string): Promise<void> {
  const isStable = async () => {
    const [group] = (await lab.stack.admin.describeGroups([`ess.${partner}`])).groups;
    return group?.state === 'Stable' && group.members.length === WORKERS ? true : undefined;
  };
  await eventually(`ess.${partner} stable`, isStable, { timeoutMs: STABLE_MS });
}

/** As `ess replay` gives it, without a process that would take part in what is measured. */
async function replay(lab: Lab, { name }: Partner, topic: SourceTopic, ratePerSecond: number): Promise<void> {
  const ends = await lab.stack.admin.fetchTopicOffsets(topic.name);
  const command = makeCommand({
    id: randomBytes(4).toString('hex'),
    partner: name,
    kind: 'replay',
    by: 'bench',
    replay: {
      topic: topic.name,
      partitions: ends.map(({ partition }) => ({ partition, target: 0, until: null })),
      key: null,
      current: false,
      newIds: false,
      ratePerSecond,
    },
  });
  const encode = await commandEncoder(new Codec(lab.stack.registry));
  const outbox = new Outbox(lab.stack.kafka);
  await outbox.append([{ topic: CONTROL_TOPIC, key: controlKey(command), value: encode(command) }]);
  await outbox.close(5_000);
}
