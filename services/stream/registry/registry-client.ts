// The registry client that reads and finds schemas, with our own way to ask. Its own way reads without end, waits for ever for
// an answer that breaks off, and takes any 404 for "no such schema".

import { createRequire, Module } from 'node:module';
import type { AvroType } from '@ess/domain/avro/avro-type.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { isShallow } from '@ess/domain/text/bounded-text.ts';
import type { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avro from 'avsc';
import type { RegistryAnswer, RegistryHttp } from './registry-http.ts';
import { expectDone, idOf, nonsense, Refused } from './registry-http.ts';

/** Schemas that one schema may refer to, directly and through others. */
const REFERENCES_MAX = 64;
/** Four levels of JSON are one of a record in a record. What reads schemas walks them by recursion. */
const SCHEMA_LEVELS = 256;

/** What the registry says when it does not give one schema, or when it gives us none. */
const OF_ONE_ID = new Set([400, 403, 404, 422]);

const load = createRequire(import.meta.url);
const CLIENT = '@kafkajs/confluent-schema-registry';
// Schemas of other kinds never reach the client (`checked`). What reads those is 115 files, which each start would load.
for (const kind of ['ProtoSchema', 'JsonSchema']) {
  const file = load.resolve(`${CLIENT}/dist/${kind}.js`);
  load.cache[file] = Object.assign(new Module(file), { loaded: true, exports: {} });
}
const registryClient = load(CLIENT) as typeof import('@kafkajs/confluent-schema-registry');

export const { AVRO } = registryClient.SchemaType;

/**
 * For one look-up: what it has asked counts against the bound of references.
 * @throws (from each method) EssError ESS_REGISTRY when the registry does not answer as one; Refused when it does not give what was
 *   asked for; Error that says why what it gives cannot be read
 */
export function openRegistryClient(http: RegistryHttp, forSchemaOptions: object = {}): SchemaRegistry {
  let asked = 0;
  return new registryClient.SchemaRegistry(
    {
      host: 'http://registry.invalid', // never asked: below stands who asks
      middlewares: [
        () => ({
          // The last in the list is the outermost: nothing of the client's own way to ask is called.
          response: async (_next, _renew, request) => {
            asked += 1;
            if (asked > REFERENCES_MAX) throw new Error(`it refers to more than ${REFERENCES_MAX} others`);
            const method = request.method().toUpperCase();
            const answer = await http.ask(method, request.path(), request.body() as string | undefined);
            if (asked > 1 && isRefused(method, answer))
              throw new Error(`it refers to ${request.path().split('?')[0]}: ${new Refused(answer).message}`);
            return { data: () => checked(method, answer) } as never;
          },
        }),
      ],
    },
    { forSchemaOptions } as never,
  );
}

/** Stands for schemas whose types nobody takes from the client. */
const ANY = avro.Type.forSchema('null');

/**
 * A schema and those that it refers to.
 * @throws EssError ESS_REGISTRY when the registry does not answer as one; Refused when it does not give this schema; Error that says
 *   why it is there and cannot be read
 */
export async function fetchSchema(http: RegistryHttp, id: number): Promise<AvroType> {
  const parts: unknown[] = [];
  // The client asks it before avsc makes a type of a schema: for each one that the schema refers to, then for itself.
  const typeHook = (schema: unknown) => {
    parts.push(schema);
    return ANY;
  };
  await openRegistryClient(http, { typeHook }).getSchema(id);
  return parseAvro(parts);
}

const isRefused = (method: string, { status }: RegistryAnswer): boolean =>
  status === 404 || (method === 'GET' && OF_ONE_ID.has(status));

function checked(method: string, answer: RegistryAnswer): RegistryAnswer['body'] {
  if (isRefused(method, answer)) throw new Refused(answer);
  const body = expectDone(answer);
  if (method === 'POST') return { ...body, id: idOf(answer) };
  const { schema, schemaType } = body;
  if ((schemaType ?? 'AVRO') !== 'AVRO') throw new Error('it is not Avro');
  if (typeof schema !== 'string') throw nonsense(answer.from, 'an answer without a schema');
  let parsed: unknown;
  try {
    parsed = JSON.parse(schema);
  } catch {
    throw new Error('it is not JSON');
  }
  if (!isShallow(parsed, SCHEMA_LEVELS)) throw new Error(`it is nested more than ${SCHEMA_LEVELS} deep`);
  return body;
}
