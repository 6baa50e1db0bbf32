// The connectors as shipped, over rules of every kind: what they make has the form that their JSON Schema says.
import { fileURLToPath } from 'node:url';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { compileProjection } from '@ess/domain/stream/projection.ts';
import { withSecrets } from '@ess/domain/text/with-secrets.ts';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isUnion } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { compilePartner, listConnectors, readConnectorFolder } from './connector-folder.ts';

const ROOT = fileURLToPath(new URL('../../../connectors', import.meta.url));

/** What a decoder may hand out for the type. */
function valuesOf(type: AvroSchemaJson): fc.Arbitrary<unknown> {
  if (isUnion(type)) return fc.oneof(...type.map(valuesOf));
  const name = typeof type === 'string' ? type : type.type;
  if (name === 'record') {
    const { fields } = type as AvroRecord;
    return fc.record(Object.fromEntries(fields.map((field) => [field.name, valuesOf(field.type)])));
  }
  if (name === 'enum') return fc.constantFrom(...(type as unknown as { symbols: string[] }).symbols);
  if (name === 'map')
    return fc.dictionary(fc.string(), valuesOf((type as unknown as { values: AvroSchemaJson }).values));
  const plain: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    null: fc.constant(null),
    boolean: fc.boolean(),
    int: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    long: fc.integer({ min: 0 }),
    double: fc.double({ noNaN: true, noDefaultInfinity: true }),
    string: fc.string(),
  };
  const values = plain[name as string];
  if (!values) throw new Error(`no values for ${JSON.stringify(type)}`);
  return values;
}

/** Most are in scope of somebody. */
const rules = fc
  .tuple(valuesOf(readSchema('rules')) as fc.Arbitrary<object>, fc.constantFrom('Hospital', 'Species'))
  .map(([rule, scope]) => ({ ...rule, scope }));

function validator(schema: object | undefined) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema as object);
  return (body: unknown): void => {
    validate(JSON.parse(JSON.stringify(body)));
    expect(validate.errors).toBeNull();
  };
}

/** As the worker and the bridge do it: a withdrawn rule is never shown as if it were in force. */
function documentOf({ inScope, map, onLeave }: Connector, rule: object): Record<string, unknown> | undefined {
  if (!inScope(rule)) return undefined;
  const isGone = (rule as { status: string }).status === 'withdrawn';
  const isTold = onLeave !== 'alert' && onLeave.request?.body !== 'none';
  const mapped = !isGone ? map(rule) : isTold ? onLeave.map(rule) : undefined;
  return mapped?.ok ? mapped.document : undefined;
}

const compiled = (partner: string) => compilePartner(ROOT, partner, { withoutEnv: true }).connector as Connector;
/** Others only ring. */
const isSentSomething = ({ deliver, stream }: Connector) => deliver !== undefined || stream.enabled;

describe.each(listConnectors(ROOT).filter((partner) => isSentSomething(compiled(partner))))('%s', (partner) => {
  const connector = compiled(partner);
  const { deliver, stream } = connector;
  const project = compileProjection(readSchema('public.rules') as AvroRecord);

  test('every rule that it maps has the form of its JSON Schema, delivered and streamed', () => {
    const isDelivered = deliver && validator(deliver.bodySchema);
    const isStreamed = stream.enabled ? validator(stream.bodySchema) : undefined;
    let seen = 0;
    fc.assert(
      fc.property(rules, (rule) => {
        const delivered = documentOf(connector, rule);
        const streamed = documentOf(connector, project(rule));
        if (delivered) isDelivered?.(withSecrets(delivered, deliver?.auth.body));
        if (streamed) isStreamed?.(streamed);
        seen += delivered || streamed ? 1 : 0;
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(10);
  });

  test('so have its samples', () => {
    const isStreamed = validator(stream.bodySchema ?? deliver?.bodySchema);
    const { files } = readConnectorFolder(ROOT, partner);
    const samples = [...files].filter(([name]) => name.endsWith('.body.json'));
    expect(samples).not.toEqual([]);
    for (const [, text] of samples) isStreamed(JSON.parse(text));
  });
});
