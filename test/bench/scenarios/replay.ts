// REPLAY: does the replay of one partner slow the others of the same workers? (Issue 8: p99 ≤ 1.5 × without.)
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CONTROL_TOPIC, controlKey, makeCommand } from '@ess/domain/control-state.ts';
import { Codec } from '@ess/stream/codec.ts';
import { commandEncoder } from '@ess/stream/control-log.ts';
import { Outbox } from '@ess/stream/outbox.ts';
import { eventually } from '../../fakes/deadline.ts';
import type { SourceTopic } from '../../fakes/source-topic.ts';
import type { Lab, Partner } from '../lab.ts';
import type { Outcome, Scenario } from '../measured.ts';
import { alternate, outcome } from '../measured.ts';

const PER_SECOND = 200;
const WARM_SECONDS = 3;
const SETTLE_MS = 2_000;
const WORKERS = 3;
const STABLE_MS = 60_000;

type Side = 'alone' | 'replay' | 'replay 500/s';

export const REPLAY: Scenario = {
  id: 'REPLAY',
  title: 'a partner beside one whose records are replayed',
  async run(lab) {
    const seconds = lab.sized(10, 2);
    const records = lab.sized(30_000, 500);
    const sinkB = await lab.anotherSink();
    const side = (which: Side) => () => besideReplay(lab, which, { seconds, records, sinkB });
    const runs = await alternate(lab, 'REPLAY', {
      alone: side('alone'),
      replay: side('replay'),
      'replay 500/s': side('replay 500/s'),
    });
    return {
      setting: `A: ${PER_SECOND} rules per second for ${seconds} s. B in the same ${WORKERS} processes, up to date, or ${records} records of it replayed, as fast as it takes them or at 500/s`,
      runs,
      claims: [
        { figure: 'p99', side: 'replay', against: 'alone', atMost: 1.5 },
        { figure: 'p99', side: 'replay 500/s', against: 'alone', atMost: 1.5 },
        { figure: 'p50', side: 'replay', against: 'alone' },
      ],
    };
  },
};

interface Sizes {
  readonly seconds: number;
  readonly records: number;
  readonly sinkB: Awaited<ReturnType<Lab['anotherSink']>>;
}

async function besideReplay(lab: Lab, side: Side, { seconds, records, sinkB }: Sizes): Promise<Outcome> {
  const [topicA, topicB] = [await lab.topic(0), await lab.topic(records)];
  const [a, b] = [lab.partner(topicA, {}), lab.partner(topicB, {}, sinkB)];
  await using started = new AsyncDisposableStack();
  for (let index = 0; index < WORKERS; index += 1) started.use(await lab.worker(a, b));
  for (const { name } of [a, b]) await stable(lab, name);
  await sinkB.received([b.path], records, () => undefined);
  const warm = PER_SECOND * WARM_SECONDS;
  await lab.pace(topicA, 0, warm, PER_SECOND);
  await lab.sink.received([a.path], warm, () => undefined);
  await delay(SETTLE_MS);
  await lab.sink.forget(a.path);
  if (side !== 'alone') await replay(lab, b, topicB, side === 'replay' ? null : 500);
  const paced = PER_SECOND * seconds;
  await lab.pace(topicA, warm, paced, PER_SECOND);
  const report = await lab.sink.received([a.path], paced, () => undefined);
  return outcome(report, paced, { p50: report.p50, p99: report.p99, max: report.max });
}

async function stable(lab: Lab, partner: string): Promise<void> {
  const isStable = async () => {
    const [group] = (await lab.stack.admin.describeGroups([`ess.${partner}`])).groups;
    return group?.state === 'Stable' && group.members.length === WORKERS ? true : undefined;
  };
  await eventually(`ess.${partner} stable`, isStable, { timeoutMs: STABLE_MS });
}

/** As `ess replay --earliest` gives it, without a process that would take part in what is measured. */
async function replay(lab: Lab, { name }: Partner, topic: SourceTopic, ratePerSecond: number | null): Promise<void> {
  const ends = await lab.stack.admin.fetchTopicOffsets(topic.name);
  const command = makeCommand({
    ...{ id: randomBytes(4).toString('hex'), partner: name, kind: 'replay', by: 'bench' },
    replay: {
      topic: topic.name,
      partitions: ends.map(({ partition }) => ({ partition, target: 0, until: null })),
      ...{ key: null, current: false, newIds: false, ratePerSecond },
    },
  });
  const encode = await commandEncoder(new Codec(lab.stack.registry));
  const outbox = new Outbox(lab.stack.kafka);
  await outbox.append([{ topic: CONTROL_TOPIC, key: controlKey(command), value: encode(command) }]);
  await outbox.close(5_000);
}
