// Makes the events of a plan happen: each track one event after another, no earlier than planned, and heals what it harmed.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/deadline.ts';
import type { Field } from './field.ts';
import { TOPIC } from './field.ts';
import type { ChaosEvent, ChaosPlan, Harm } from './plan.ts';
import { describeHarm } from './plan.ts';
import type { ChaosPublisher } from './publisher.ts';

const IN_SYNC_MS = 90_000;
const STORM_STEP_MS = [400, 2_000] as const;

export interface Stage {
  readonly field: Field;
  readonly publisher: ChaosPublisher;
  readonly tell: (line: string) => void;
}

/** Resolves when every event is over and what it harmed is whole again. */
export async function perform(plan: ChaosPlan, stage: Stage): Promise<void> {
  const startedAt = performance.now();
  await Promise.all(
    plan.tracks.map(async (track) => {
      for (const event of track) {
        await delay(Math.max(0, event.atMs - (performance.now() - startedAt)));
        // Brokers come back into sync in their own time: on a slow machine the end of their track falls away.
        const late = performance.now() - startedAt > plan.lengthMs;
        stage.tell(`${describeHarm(event)}${late ? ': left out, the run is over' : ''}`);
        if (late) continue;
        await happen(event, stage);
      }
    }),
  );
}

async function happen({ harm, forMs }: ChaosEvent, { field, publisher }: Stage): Promise<void> {
  switch (harm.kind) {
    case 'kill':
    case 'term':
      await field.signalWorker(harm.worker, harm.kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
      await delay(forMs);
      return field.startWorker(harm.worker);
    case 'freeze':
      await field.signalWorker(harm.worker, 'SIGSTOP');
      await delay(forMs);
      return field.signalWorker(harm.worker, 'SIGCONT');
    case 'broker':
      return killBroker(field, harm, forMs);
    case 'registry':
      await field.stack.processes.registryProcess.kill('SIGKILL');
      await delay(forMs);
      return field.stack.processes.registryProcess.start();
    case 'partner': {
      const partner = field.partners.get(harm.partner);
      await partner?.begin(harm.fault);
      await delay(forMs);
      return partner?.heal();
    }
    case 'storm':
      return storm(field, harm.joins);
    case 'partitions':
      return addPartitions(field, publisher, harm.add);
    case 'burst':
      return publisher.burst(harm.rules);
  }
}

async function killBroker(field: Field, { which }: Harm & { kind: 'broker' }, forMs: number): Promise<void> {
  const { kafka } = field.stack.processes;
  const broker = kafka[typeof which === 'number' ? which : await nodeOf(field, which)];
  await broker?.kill('SIGKILL');
  await delay(forMs);
  await broker?.start();
  // With two of three copies gone nothing can be written, which is Kafka's promise and not ours: one broker at a time.
  await eventually('all replicas in sync', () => inSync(field), { timeoutMs: IN_SYNC_MS, stepMs: 500 });
}

async function nodeOf(field: Field, which: 'leader' | 'coordinator'): Promise<number> {
  const topic = which === 'leader' ? TOPIC : '__consumer_offsets';
  const { topics } = await field.ask((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return (topics[0]?.partitions[0]?.leader ?? 1) - 1;
}

async function inSync(field: Field): Promise<true | undefined> {
  const { topics } = await field.ask((admin) => admin.fetchTopicMetadata());
  const whole = topics.every(({ partitions }) =>
    partitions.every(({ isr, replicas }) => isr.length === replicas.length),
  );
  return whole || undefined;
}

async function storm(field: Field, joins: number): Promise<void> {
  for (let join = 0; join < joins; join += 1) {
    const extra = field.startExtra();
    await delay(STORM_STEP_MS[join % 2]);
    await field.endExtra(extra);
  }
}

/** Kafka moves keys when partitions are added: rules of old keys end, those of new keys begin (ARCHITECTURE, order). */
async function addPartitions(field: Field, publisher: ChaosPublisher, add: number): Promise<void> {
  const { topics } = await field.ask((admin) => admin.fetchTopicMetadata({ topics: [TOPIC] }));
  const count = (topics[0]?.partitions.length ?? 0) + add;
  await field.ask(async (admin) => {
    const now = await admin.fetchTopicMetadata({ topics: [TOPIC] });
    if ((now.topics[0]?.partitions.length ?? 0) < count)
      await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count }] });
  });
  const known = async () => {
    const found = await field.ask((admin) => admin.fetchTopicMetadata({ topics: [TOPIC] }));
    return (
      (found.topics[0]?.partitions.length === count && found.topics[0].partitions.every(({ leader }) => leader >= 0)) ||
      undefined
    );
  };
  await eventually('the new partitions are led', known, { timeoutMs: IN_SYNC_MS });
  await publisher.newGeneration();
}
