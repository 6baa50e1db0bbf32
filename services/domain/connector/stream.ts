// What a partner may see on /stream and /replay: only fields of PublicRule. The mapping and the scope of a
// connector with `stream` are checked against it, because that is the record they will be given there.

import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import { resolvePath } from '../avro/avro-path.ts';
import { parseListPath } from '../text/paths.ts';
import type { FieldPath } from '../text/problem.ts';
import { Findings } from '../text/problem.ts';
import type { ConnectorSource } from './connector.ts';
import type { MappingFiles } from './files.ts';
import type { RawConnector } from './raw.ts';

export interface StreamContext {
  readonly source: ConnectorSource;
  /** The schema of the source topic: a field that it does not know either is reported there. */
  readonly schema: AvroSchemaJson | undefined;
  readonly publicSchema: AvroSchemaJson | undefined;
  readonly files: MappingFiles;
  /** The mapping of what is shown of a withdrawal, if it has one. */
  readonly withdrawalFile: string | undefined;
  readonly findings: Findings;
}

export function checkStream(raw: RawConnector, context: StreamContext): void {
  const { source, schema, publicSchema, files, withdrawalFile, findings } = context;
  if (raw.stream?.enabled !== true) return;
  if (source.topic !== RULES_TOPIC) {
    findings.add(['stream', 'enabled'], 'only the topic rules can be streamed', 'use source.topic: rules, or deliver');
    return;
  }
  if (schema === undefined || publicSchema === undefined) return;
  const check = (field: string, at: FieldPath, found: Findings): void => {
    const parsed = parseListPath(field);
    if ('problem' in parsed || 'unknown' in resolvePath(schema, parsed.path)) return;
    if ('unknown' in resolvePath(publicSchema, parsed.path))
      found.add(
        at,
        `"${field}" is not public: /stream and /replay show only the fields of PublicRule`,
        'leave it out, or deliver to this partner without stream',
      );
  };
  for (const field of Object.keys(raw.source?.where ?? {})) check(field, ['source', 'where', field], findings);
  for (const name of [raw.mapping, withdrawalFile]) {
    const file = name === undefined ? undefined : files.json(name);
    const fields = (file?.value as { fields?: unknown } | undefined)?.fields;
    if (file === undefined || typeof fields !== 'object' || fields === null) continue;
    const found = new Findings(file, findings.problems);
    for (const [field, target] of Object.entries(fields))
      for (const [name, at] of readBy(field, target)) check(name, ['fields', field, ...at], found);
  }
}

/** What a line of a mapping reads, with the way to where it says so. Wrong parts of it have been reported by its shape. */
function readBy(field: string, target: unknown): (readonly [name: string, at: FieldPath])[] {
  const { join, when } = (typeof target === 'object' && target !== null ? target : {}) as Record<string, unknown>;
  const parts = Array.isArray(join) ? join.map((part, index) => [String(part), ['join', index]] as const) : [];
  const wanted =
    typeof when === 'object' && when !== null ? Object.keys(when).map((name) => [name, ['when', name]] as const) : [];
  return [[field, []], ...parts, ...wanted, ...(typeof when === 'string' ? [[when, ['when']] as const] : [])];
}
