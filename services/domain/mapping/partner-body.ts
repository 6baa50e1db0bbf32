// The body that a partner gets, as JSON Schema: its mapping applied to the schema of the record, within its contract.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { limitedBy } from '../contract/contract-limits.ts';
import type { JsonSchema } from '../forms/json-schema.ts';
import { JSON_SCHEMA_DIALECT } from '../forms/json-schema.ts';
import type { Names } from '../text/paths.ts';
import type { Mapping } from './mapping.ts';

export interface BodyParts {
  readonly mapping: Mapping;
  /** A withdrawal is a document of its own when the partner has a mapping for it; the contract is not asked about it. */
  readonly withdrawal: Mapping | undefined;
  /** contract.schema.json as it is. */
  readonly contract: unknown;
  /** Dotted paths of the credentials that deliveries carry in the body; only their names are used. */
  readonly authBody: Readonly<Record<string, string>> | undefined;
}

/** A document of /stream and /replay. */
export function streamedBody(source: AvroSchemaJson, parts: BodyParts): JsonSchema {
  return {
    $schema: JSON_SCHEMA_DIALECT,
    title: 'A rule as you get it on /stream and /replay',
    ...eitherOf(documents(source, parts)),
  };
}

/** The body of a delivery. @param batched several at once @param sentBy how it is sent, where that is not as ever */
export function deliveredBody(
  source: AvroSchemaJson,
  parts: BodyParts,
  batched: boolean,
  sentBy: string | undefined,
): JsonSchema {
  const one = eitherOf(documents(source, parts).map((document) => withCredentials(document, credentials(parts))));
  const body = batched
    ? { title: 'Rules as they are delivered', ...batchOf(one) }
    : { title: 'A rule as it is delivered', ...one };
  return { $schema: JSON_SCHEMA_DIALECT, ...(sentBy !== undefined && { description: sentBy }), ...body };
}

const batchOf = (document: JsonSchema): JsonSchema => ({
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['id', 'eventId', 'version', 'attempt', 'data'],
    properties: {
      id: { type: 'string', description: 'The same whenever this record is sent: repeat nothing that you have done.' },
      eventId: { type: ['string', 'null'] },
      version: { type: 'integer' },
      attempt: { type: 'integer', minimum: 1 },
      replay: { type: 'string', description: 'The replay that sends it again.' },
      data: document,
    },
  },
});

function documents(source: AvroSchemaJson, parts: BodyParts): JsonSchema[] {
  const { mapping, withdrawal, contract } = parts;
  const rule = limitedBy(mapping.bodySchema(source), contract, credentials(parts));
  return withdrawal === undefined ? [rule] : [rule, withdrawal.bodySchema(source)];
}

const credentials = ({ authBody }: BodyParts): Names[] => Object.keys(authBody ?? {}).map((path) => path.split('.'));

const eitherOf = (schemas: readonly JsonSchema[]): JsonSchema =>
  schemas.length === 1 ? (schemas[0] as JsonSchema) : { anyOf: schemas };

const EMPTY: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

function withCredentials(schema: JsonSchema, paths: readonly Names[]): JsonSchema {
  let whole = schema;
  for (const path of paths) whole = withCredential(whole, path);
  return whole;
}

function withCredential(schema: JsonSchema, [first = '', ...rest]: Names): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>>;
  const known = Object.hasOwn(properties, first) ? (properties[first] as JsonSchema) : EMPTY;
  const value = rest.length === 0 ? { type: 'string', format: 'password' } : withCredential(known, rest);
  const required = [...new Set([...((schema['required'] as readonly string[] | undefined) ?? []), first])];
  return { ...schema, properties: { ...properties, [first]: value }, required };
}
