// Which schema belongs to which topic, and where its file is. Reads from disk; the services/domain folder gets only what was read.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AvroSchemaJson } from './avro-schema.ts';
import { valueSubject } from './topics.ts';

export interface SchemaEntry {
  readonly topic: string;
  /** Subject in the registry: `<topic>-value`. */
  readonly subject: string;
  /** Relative to schemas/. */
  readonly file: string;
  /** Full Avro name of the record, namespace included. */
  readonly record: string;
}

const entry = (topic: string, namespace: string, name: string, folder = topic): SchemaEntry => ({
  topic,
  subject: valueSubject(topic),
  file: `${folder}/${name}.avsc`,
  record: `${namespace}.${name}`,
});

/** Every topic whose values ESS encodes or decodes; a new .avsc file is listed here. */
export const SCHEMAS: readonly SchemaEntry[] = [
  entry('rules', 'gov.hms.rules', 'RulePublished'),
  entry('rules.latest', 'gov.hms.rules', 'RulePublished', 'rules'),
  entry('public.rules', 'gov.hms.rules', 'PublicRule'),
  entry('ess.audit', 'gov.hms.ess', 'DeliveryAttempt'),
  entry('ess.delivery-state', 'gov.hms.ess', 'DeliveryState'),
  entry('ess.dead-letters', 'gov.hms.ess', 'DeadLetter'),
  entry('hospital.bedChange', 'gov.hms.hospital', 'BedChanged'),
  entry('ess.dead-letter-state', 'gov.hms.ess', 'DeadLetterState'),
  entry('ess.control', 'gov.hms.ess', 'Command'),
  entry('ess.stream-state', 'gov.hms.ess', 'StreamState'),
];

/** Absolute path of a schema's file. */
export const schemaPath = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The .avsc of a topic, parsed. Throws when the topic is not in SCHEMAS; ask `findSchema` when it may not be. */
export function readSchema(topic: string): AvroSchemaJson {
  const found = findSchema(topic);
  if (found === undefined) throw new Error(`no schema for topic ${topic}; schemas/catalog.ts lists those there are`);
  return found;
}

/** The .avsc of a topic, or undefined when ESS has none. */
export const findSchema = (topic: string): AvroSchemaJson | undefined => findSubject(valueSubject(topic));

/** The .avsc that is registered under a subject, or undefined when ESS has none. */
export function findSubject(subject: string): AvroSchemaJson | undefined {
  const known = SCHEMAS.find((candidate) => candidate.subject === subject);
  return known && (JSON.parse(readFileSync(schemaPath(known.file), 'utf8')) as AvroSchemaJson);
}
