// The schemas that connectors are checked against: the newest one in the registry, or the .avsc in schemas/ while the
// registry is away or does not have the topic.

import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { LoadOptions } from '@ess/runtime/connectors/connector-folder.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';

/** Checking files must not wait for a registry that is not there. */
const REGISTRY_WITHIN_MS = 2_000;

export interface SourceSchemas extends Required<Pick<LoadOptions, 'sourceSchema' | 'topics'>> {
  /** The registry did not answer: a topic that is not in `topics` may exist all the same. */
  readonly away: boolean;
}

/**
 * Options for the connectors of these partners: their schemas, and the topics that have one.
 * @param newest schemas that the registry has given before, by topic: it is not asked for them again, and new ones are added
 */
export async function sourceSchemas(
  root: string,
  partners: readonly string[],
  registry: RegistryAddress,
  newest = new Map<string, AvroSchemaJson>(),
): Promise<SourceSchemas> {
  const asked = new Set<string>();
  const recordTopic = (topic: string) => {
    asked.add(topic);
    return findSchema(topic);
  };
  for (const partner of partners)
    try {
      compilePartner(root, partner, { sourceSchema: recordTopic, withoutEnv: true });
    } catch (error) {
      if (!(error instanceof EssError)) throw error; // unknown, or gone meanwhile: whoever loads it says so
    }

  const subjects = new Subjects(registry, AbortSignal.timeout(REGISTRY_WITHIN_MS));
  const unknown = [...asked].filter((topic) => !newest.has(topic));
  const answered = await Promise.allSettled(
    unknown.map(async (topic) => {
      const latest = await subjects.latest(`${topic}-value`);
      if (latest) newest.set(topic, latest.schema);
    }),
  );
  const away = answered.some(({ status }) => status === 'rejected'); // then the files decide
  return {
    sourceSchema: (topic) => newest.get(topic) ?? findSchema(topic),
    topics: [...new Set([...SCHEMAS.map(({ topic }) => topic), ...newest.keys()])],
    away,
  };
}

/**
 * For a program, whose partners come and go.
 * @param checksTopics a source that has no schema is a problem; not while the registry is away: the program waits for it
 */
export function learnedSchemas(root: string, registry: RegistryAddress, checksTopics = false) {
  const newest = new Map<string, AvroSchemaJson>();
  return async (partners: readonly string[]): Promise<LoadOptions> => {
    const { sourceSchema, topics, away } = await sourceSchemas(root, partners, registry, newest);
    return checksTopics && !away ? { sourceSchema, topics } : { sourceSchema };
  };
}
