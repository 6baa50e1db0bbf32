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
 * @param name of the file, for messages
 * @throws EssError ESS_CONFIG naming the file, the topic and the field
 */
export function planTopics(file: unknown, brokers: number, name = 'topics.yaml'): TopicSpec[] {
  const wrong = (text: string): EssError => new EssError('ESS_CONFIG', `${name}: ${text}`);
  const { defaults = {}, topics } = (file ?? {}) as {
    defaults?: TopicEntry;
    topics?: Record<string, TopicEntry | null>;
  };
  if (typeof topics !== 'object' || topics === null) throw wrong('"topics" is missing');
  return Object.entries(topics).map(([topic, own]) => {
    const entry: TopicEntry = { ...defaults, ...own };
    const unknown = Object.keys(entry).find((field) => !KNOWN.has(field));
    if (unknown !== undefined) throw wrong(`${topic}.${unknown} is not known; there are ${[...KNOWN].join(', ')}`);
    for (const field of ['partitions', 'replication', 'minInsyncReplicas'] as const) {
      const value = entry[field] ?? 1;
      if (!Number.isInteger(value) || value < 1)
        throw wrong(`${topic}.${field} is ${JSON.stringify(value)}; write a whole number above 0`);
    }
    if (entry.retention !== undefined && durationMs(entry.retention) === undefined)
      throw wrong(`${topic}.retention "${entry.retention}" is no duration; write it like 7d or 12h`);
    const replication = Math.min(entry.replication ?? 1, brokers);
    const config: Record<string, string> = {
      'cleanup.policy': entry.compact ? 'compact' : 'delete',
      'min.insync.replicas': String(Math.max(1, Math.min(entry.minInsyncReplicas ?? 1, replication - 1))),
      ...(entry.retention === undefined ? {} : { 'retention.ms': String(durationMs(entry.retention)) }),
      ...defaults.config,
      ...own?.config,
    };
    return { name: topic, partitions: entry.partitions ?? 1, replication, config };
  });
}

function durationMs(text: string): number | undefined {
  const parts = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return parts ? Number(parts[1]) * (UNIT_MS[parts[2] as string] as number) : undefined;
}
