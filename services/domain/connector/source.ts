// `source` of a connector: the topic, the subject of its schema, and the fields that name a rule and order its versions.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { valueSubject } from '@ess/schemas/topics.ts';
import { kindsOf, resolvePath } from '../avro/avro-path.ts';
import { isNotAvro } from '../avro/not-avro.ts';
import { nearest } from '../text/nearest.ts';
import { parsePath } from '../text/paths.ts';
import type { Findings } from '../text/problem.ts';
import type { CompileOptions } from './compile.ts';
import type { ConnectorSource } from './connector.ts';
import type { RawConnector } from './raw.ts';

/** Where every partner finds rules unless its connector says otherwise. */
const RULES = { topic: 'rules', key: 'ruleId', version: 'version' };

export function compileSource(
  raw: NonNullable<RawConnector['source']>,
  options: Pick<CompileOptions, 'sourceSchema' | 'shownSchema' | 'subjects' | 'isRegistryAway' | 'kafkaTopics'>,
  findings: Findings,
): { source: ConnectorSource; schema: AvroSchemaJson | undefined } {
  const { topic } = raw;
  if (topic === undefined) return { source: { topic: '' }, schema: undefined };
  const missing = missingTopic(topic, options.kafkaTopics) ?? missingSubject(topic, raw.subject, options);
  if (missing) {
    findings.add(['source', missing.field], missing.message, missing.remedy);
    return { source: { topic }, schema: undefined };
  }
  const subject = raw.subject ?? valueSubject(topic);
  const schema = options.sourceSchema(subject);
  if (isNotAvro(schema)) {
    const shown = options.shownSchema?.(subject) ?? subject;
    const remedy = `records are read as Avro: write them so and register their schema as ${subject}, or take another topic`;
    findings.add(['source', 'topic'], `the newest schema of ${topic} is ${schema}: ${shown}`, remedy);
    return { source: { topic }, schema: undefined };
  }
  const defaults = topic === RULES.topic ? RULES : { topic };
  const source = {
    ...defaults,
    ...(raw.subject && { subject: raw.subject }),
    ...(raw.key && { key: raw.key }),
    ...(raw.version && { version: raw.version }),
    ...(schema && { reads: { schema, shown: options.shownSchema?.(subject) ?? `the schema of ${topic}` } }),
  };
  if (raw.key !== undefined) check(raw.key, 'key', ['string', 'int', 'long', 'enum'], schema, findings);
  if (raw.version !== undefined) check(raw.version, 'version', ['int', 'long'], schema, findings);
  return { source, schema };
}

interface Missing {
  readonly field: 'topic' | 'subject';
  readonly message: string;
  readonly remedy: string;
}

function missingTopic(topic: string, kafkaTopics: readonly string[] | undefined): Missing | undefined {
  if (!kafkaTopics || kafkaTopics.includes(topic)) return undefined;
  const meant = nearest(topic, kafkaTopics);
  const otherwise = 'create it, or let this user read it';
  const remedy = meant === undefined ? otherwise : `did you mean "${meant}"? Else ${otherwise}`;
  return { field: 'topic', message: `Kafka has no topic "${topic}" that you may read`, remedy };
}

/** While the registry is away it may have the subject; a name that looks like a slip is told all the same. */
function missingSubject(
  topic: string,
  said: string | undefined,
  { subjects, isRegistryAway, kafkaTopics }: Pick<CompileOptions, 'subjects' | 'isRegistryAway' | 'kafkaTopics'>,
): Missing | undefined {
  const subject = said ?? valueSubject(topic);
  if (!subjects || subjects.includes(subject)) return undefined;
  // Without a subject it is the topic that may be misspelt, unless Kafka has it.
  const near = said === undefined && kafkaTopics ? undefined : nearest(bare(subject), subjects.map(bare));
  if (near === undefined && isRegistryAway) return undefined;
  if (said !== undefined) {
    const meant = subjects.find((known) => bare(known) === near);
    const otherwise = `register the schema of ${topic} as ${subject}`;
    const remedy = meant === undefined ? otherwise : `did you mean "${meant}"? Else ${otherwise}`;
    return { field: 'subject', message: `there is no subject "${subject}" in the registry`, remedy };
  }
  return near === undefined
    ? { field: 'topic', message: `the topic "${topic}" has no schema`, remedy: `register it as ${subject}` }
    : { field: 'topic', message: `there is no topic "${topic}"`, remedy: `did you mean "${near}"?` };
}

/** What all names end with makes none of them nearer to another. */
const bare = (subject: string): string => subject.replace(/-value$/, '');

function check(
  text: string,
  field: 'key' | 'version',
  wanted: string[],
  schema: AvroSchemaJson | undefined,
  findings: Findings,
): void {
  const at = ['source', field];
  const parsed = parsePath(text);
  if ('problem' in parsed) return findings.add(at, parsed.problem, parsed.remedy);
  if (text.includes('['))
    return findings.add(at, `"${text}" leads through a list, or a name with dots`, 'name a field of the record itself');
  if (schema === undefined) return;
  const resolved = resolvePath(schema, parsed.path);
  if ('unknown' in resolved) findings.add(at, resolved.unknown, resolved.remedy);
  else if (!kindsOf(resolved.type).every((kind) => wanted.includes(kind))) {
    findings.add(
      at,
      `"${text}" is a ${kindsOf(resolved.type).join(' or ')}`,
      `name a field of type ${wanted.join(' or ')}`,
    );
  }
}
