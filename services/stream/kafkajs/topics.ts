// Applies the topic plan: creates what is missing, adds partitions, sets configuration. Never deletes, never shrinks.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { TopicSpec } from '@ess/domain/values/topic-plan.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { Admin, Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import { withAdmin } from './admin.ts';

const LED_WITHIN_MS = 60_000;
const SHOWN_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 50;
const NOT_LED_YET: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]);

export interface TopicChange {
  readonly topic: string;
  readonly action: 'created' | 'partitions added' | 'configured' | 'unchanged';
  readonly details?: string;
}

export async function countBrokers(kafka: Kafka): Promise<number> {
  return withAdmin(kafka, async (admin) => (await admin.describeCluster()).brokers.length);
}

export async function applyTopics(kafka: Kafka, specs: readonly TopicSpec[]): Promise<TopicChange[]> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: false,
        topics: missing.map(({ name, partitions, replication, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(config).map(([entry, value]) => ({ name: entry, value })),
        })),
      });
      await untilLed(
        admin,
        missing.map(({ name }) => name),
      );
    }
    const changes: TopicChange[] = missing.map(({ name }) => ({ topic: name, action: 'created' }));
    for (const spec of specs.filter(({ name }) => existing.has(name))) changes.push(await update(admin, spec));
    return changes;
  });
}

/**
 * Right after a create a broker may not know the topic yet, which `waitForLeaders` of kafkajs takes for a failure. For up to
 * a second a broker may be named as the leader and not act as one. The topics are there when their leaders answer.
 */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  const deadline = performance.now() + LED_WITHIN_MS;
  for (;;) {
    try {
      await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      return;
    } catch (error) {
      // kafkajs looks for the answer of a partition that no broker leads yet, and finds nothing to take apart.
      const nobodyLeads = (error as Error).name === 'TypeError';
      if (!nobodyLeads && !NOT_LED_YET.has((error as { type?: string }).type ?? '')) throw error;
    }
    if (performance.now() > deadline)
      throw new EssError('ESS_BROKER', `Kafka gave ${topics.join(', ')} no leader in ${LED_WITHIN_MS / 1000} s`);
    await delay(LOOK_AGAIN_MS);
  }
}

async function update(admin: Admin, spec: TopicSpec): Promise<TopicChange> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [spec.name] });
  const have = topics[0]?.partitions.length ?? 0;
  const isShort = have < spec.partitions;
  // Its keys have an order, which only a growth in turn keeps (topic-growth.ts).
  const grows = isShort && spec.name !== RULES_TOPIC;
  if (grows) await admin.createPartitions({ topicPartitions: [{ topic: spec.name, count: spec.partitions }] });
  const changed = await configure(admin, spec);
  if (grows || changed.length > 0) await untilShown(admin, grows ? spec : { ...spec, partitions: have });
  const left =
    isShort && !grows ? [`${have} of ${spec.partitions} partitions: "ess topics grow ${spec.name}" adds them`] : [];
  const details = [...(grows ? [`${have} to ${spec.partitions}`] : []), ...left, ...changed].join(', ');
  const action = grows ? 'partitions added' : changed.length > 0 ? 'configured' : 'unchanged';
  return { topic: spec.name, action, ...(details !== '' && { details }) };
}

/**
 * The request that kafkajs has sets all of a topic's settings at once. Those that it does not name go back to the default, so
 * what an operator has set by hand is named too. @returns what was changed
 */
async function configure(admin: Admin, { name, config }: TopicSpec): Promise<string[]> {
  const entries = await settingsOf(admin, name);
  const wrong = wrongSettings(entries, config);
  if (wrong.length === 0) return [];
  const own = entries.filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG);
  const wanted = {
    ...Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])),
    ...config,
  };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: TOPIC,
        name,
        configEntries: Object.entries(wanted).map(([setting, value]) => ({ name: setting, value })),
      },
    ],
  });
  return wrong.map(([setting, value]) => `${setting}=${value}`);
}

/**
 * The controller answers when a change is in its log; the brokers act on it when they have read that. The topic is as planned
 * when the broker that is asked shows it.
 */
async function untilShown(admin: Admin, spec: TopicSpec): Promise<void> {
  const deadline = performance.now() + SHOWN_WITHIN_MS;
  for (;;) {
    const wrong = await differences(admin, spec);
    if (wrong.length === 0) return;
    if (performance.now() > deadline)
      throw new EssError(
        'ESS_BROKER',
        `Kafka took the change of ${spec.name} and shows after ${SHOWN_WITHIN_MS / 1000} s: ${wrong.join(', ')}. Does this platform let you set it?`,
      );
    await delay(LOOK_AGAIN_MS);
  }
}

const TOPIC = kafkajs.ConfigResourceTypes.TOPIC;

type Entries = Awaited<ReturnType<typeof settingsOf>>;

async function settingsOf(admin: Admin, name: string) {
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC, name }] });
  return resources[0]?.configEntries ?? [];
}

function wrongSettings(entries: Entries, config: TopicSpec['config']): Array<[setting: string, wanted: string]> {
  const current = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  return Object.entries(config).filter(([setting, value]) => current.get(setting) !== value);
}

export interface TopicDifference {
  readonly topic: string;
  /** What is otherwise than planned; empty: nothing. */
  readonly wrong: readonly string[];
  /** It is not listed. */
  readonly isAbsent?: true;
}

/** How the topics differ from the plan. Changes nothing. */
export async function compareTopics(kafka: Kafka, specs: readonly TopicSpec[]): Promise<TopicDifference[]> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    return Promise.all(
      specs.map(async (spec) => {
        const { name } = spec;
        if (!existing.has(name)) return { topic: name, wrong: ['it is not there'], isAbsent: true as const };
        return { topic: name, wrong: await differences(admin, spec) };
      }),
    );
  });
}

/** Of a topic that is there. */
async function differences(admin: Admin, { name, partitions, config }: TopicSpec): Promise<string[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const have = topics[0]?.partitions.length ?? 0;
  const wrong = wrongSettings(await settingsOf(admin, name), config).map((setting) => `not ${setting.join('=')}`);
  return [...(have < partitions ? [`${have} partitions, not ${partitions}`] : []), ...wrong];
}
