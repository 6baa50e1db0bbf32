// `source` of a connector: the topic, and the fields that name a rule and order its versions.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
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
  options: Pick<CompileOptions, 'sourceSchema' | 'shownSchema' | 'topics' | 'isRegistryAway' | 'kafkaTopics'>,
  findings: Findings,
): { source: ConnectorSource; schema: AvroSchemaJson | undefined } {
  const { topic } = raw;
  if (topic === undefined) return { source: { topic: '' }, schema: undefined };
  const { topics, kafkaTopics } = options;
  if (kafkaTopics && !kafkaTopics.includes(topic)) {
    const meant = nearest(topic, kafkaTopics);
    const otherwise = 'create it, or let this user read it';
    const remedy = meant === undefined ? otherwise : `did you mean "${meant}"? Else ${otherwise}`;
    findings.add(['source', 'topic'], `Kafka has no topic "${topic}" that you may read`, remedy);
    return { source: { topic }, schema: undefined };
  }
  if (topics && !topics.includes(topic)) {
    const meant = kafkaTopics ? undefined : nearest(topic, topics);
    const [message, remedy] =
      meant === undefined
        ? [`the topic "${topic}" has no schema`, `register it as ${topic}-value`]
        : [`there is no topic "${topic}"`, `did you mean "${meant}"?`];
    // While the registry is away it may have one there; a name that looks like a slip is told all the same.
    if (meant !== undefined || !options.isRegistryAway) {
      findings.add(['source', 'topic'], message, remedy);
      return { source: { topic }, schema: undefined };
    }
  }
  const schema = options.sourceSchema(topic);
  if (isNotAvro(schema)) {
    const shown = options.shownSchema?.(topic) ?? `${topic}-value`;
    const remedy = `records are read as Avro: write them so and register their schema as ${topic}-value, or take another topic`;
    findings.add(['source', 'topic'], `the newest schema of ${topic} is ${schema}: ${shown}`, remedy);
    return { source: { topic }, schema: undefined };
  }
  const defaults = topic === RULES.topic ? RULES : { topic };
  const source = {
    ...defaults,
    ...(raw.key && { key: raw.key }),
    ...(raw.version && { version: raw.version }),
    ...(schema && { reads: { schema, shown: options.shownSchema?.(topic) ?? `the schema of ${topic}` } }),
  };
  if (raw.key !== undefined) check(raw.key, 'key', ['string', 'int', 'long', 'enum'], schema, findings);
  if (raw.version !== undefined) check(raw.version, 'version', ['int', 'long'], schema, findings);
  return { source, schema };
}

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
