// What infra/topics.yaml asks for, as Kafka's settings, and how a cluster differs from it. Pure: the caller reads and applies.
import { EssError } from '../text/error.ts';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

interface TopicEntry {
  readonly partitions?: number;
  readonly replication?: number;
  readonly minInsyncReplicas?: number;
  /** Like 7d. */
  readonly retention?: string;
  readonly compact?: boolean;
  /** A topic's own comes on top of that of the defaults, setting by setting. */
  readonly config?: Record<string, string>;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const KNOWN = new Set(['partitions', 'replication', 'minInsyncReplicas', 'retention', 'compact', 'config']);

/**
 * @param file the parsed YAML
 * @param brokers brokers in the cluster: replication cannot exceed it, and min ISR stays one below replication
 * @throws EssError ESS_CONFIG naming the topic and the field
 */
export function planTopics(file: unknown, brokers: number): TopicSpec[] {
  const { defaults = {}, topics } = (file ?? {}) as {
    defaults?: TopicEntry;
    topics?: Record<string, TopicEntry | null>;
  };
  if (typeof topics !== 'object' || topics === null)
    throw new EssError('ESS_CONFIG', 'topics.yaml: "topics" is missing');
  return Object.entries(topics).map(([name, own]) => {
    const entry: TopicEntry = { ...defaults, ...own };
    const unknown = Object.keys(entry).find((field) => !KNOWN.has(field));
    if (unknown !== undefined)
      throw new EssError(
        'ESS_CONFIG',
        `topics.yaml: ${name}.${unknown} is not known; there are ${[...KNOWN].join(', ')}`,
      );
    const replication = Math.min(entry.replication ?? 1, brokers);
    const config: Record<string, string> = {
      'cleanup.policy': entry.compact ? 'compact' : 'delete',
      'min.insync.replicas': String(Math.max(1, Math.min(entry.minInsyncReplicas ?? 1, replication - 1))),
      ...(entry.retention === undefined ? {} : { 'retention.ms': String(durationMs(name, entry.retention)) }),
      ...defaults.config,
      ...own?.config,
    };
    return { name, partitions: entry.partitions ?? 1, replication, config };
  });
}

function durationMs(topic: string, text: string): number {
  const parts = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (!parts)
    throw new EssError(
      'ESS_CONFIG',
      `topics.yaml: ${topic}.retention "${text}" is no duration; write it like 7d or 12h`,
    );
  return Number(parts[1]) * (UNIT_MS[parts[2] as string] as number);
}
