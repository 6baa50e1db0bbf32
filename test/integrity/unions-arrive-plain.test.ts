// Whatever branch of a union a record holds, its value arrives plain: in the partner's document, in `where`, in key and version.
// A long that no number holds harms nobody who does not ask for it.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { exactLong } from '@ess/stream/registry/exact-long.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const holder = (name: string, type: unknown) => ({ type: 'record', name, fields: [{ name: 'x', type }] });
const SCHEMA = {
  type: 'record',
  name: 'Reading',
  namespace: 'gov.test',
  fields: [
    { name: 'id', type: ['null', 'string', 'long'] },
    { name: 'version', type: ['int', 'long'] },
    { name: 'kind', type: ['string', { type: 'enum', name: 'Kind', symbols: ['wanted', 'other'] }] },
    { name: 'count', type: ['null', 'int', 'long'] },
    { name: 'level', type: ['null', 'float', 'double'] },
    { name: 'of', type: [holder('A', 'int'), holder('B', ['int', 'string'])] },
    { name: 'map', type: [{ type: 'map', values: ['int', 'long'] }, 'boolean'] },
    { name: 'list', type: { type: 'array', items: ['int', 'double', 'string'] } },
    { name: 'unasked', type: { type: 'array', items: 'long' } },
  ],
};
const TYPE = avro.Type.forSchema(SCHEMA as Schema, {
  wrapUnions: 'always',
  typeHook: exactLong,
});
const plain = { kind: { string: 'wanted' }, count: null, level: null, of: { 'gov.test.A': { x: 1 } } };
const rest = { map: { boolean: true }, list: [], unasked: [] };
const base = { ...plain, ...rest, version: { int: 1 } };
const bare = { count: null, level: null, x: 1, map: true, list: [] };

/** What was written, and what the partner has to get of it. */
const ROWS: Array<[written: object, arrives: object]> = [
  [
    { id: { string: 'a' }, ...base, count: { long: 5 } },
    { id: 'a', ...bare, count: 5 },
  ],
  [
    { id: { string: 'b' }, ...base, count: { int: 6 } },
    { id: 'b', ...bare, count: 6 },
  ],
  [
    { id: { string: 'c' }, ...base, level: { double: 0.25 } },
    { id: 'c', ...bare, level: 0.25 },
  ],
  [
    { id: { string: 'd' }, ...base, level: { float: 0.1 } },
    { id: 'd', ...bare, level: 0.1 },
  ],
  [
    { id: { string: 'e' }, ...base, kind: { 'gov.test.Kind': 'wanted' } },
    { id: 'e', ...bare },
  ],
  [
    { id: { string: 'f' }, ...base, of: { 'gov.test.B': { x: { string: 'y' } } } },
    { id: 'f', ...bare, x: 'y' },
  ],
  [
    { id: { string: 'g' }, ...base, map: { map: { long: { int: 5 }, int: { long: 6 } } } },
    { id: 'g', ...bare, map: { long: 5, int: 6 } },
  ],
  [
    { id: { string: 'h' }, ...base, list: [{ int: 1 }, { double: 1.5 }, { string: 'z' }] },
    { id: 'h', ...bare, list: [1, 1.5, 'z'] },
  ],
  [
    { id: { long: 7 }, ...base, version: { long: 3 } },
    { id: 7, ...bare },
  ],
  [
    { id: { string: 'i' }, ...base, unasked: [2n ** 62n + 1n] },
    { id: 'i', ...bare },
  ],
];
const OUT_OF_SCOPE = [{ 'gov.test.Kind': 'other' }, { string: 'none' }].map((kind) => ({
  ...base,
  id: { string: 'out' },
  kind,
}));

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

test('a branch of any union arrives as its value, is judged as its value, and names its rule', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, {
    partitions: 1,
    source: { key: 'id', version: 'version', where: { kind: 'wanted' } },
    mapping: { fields: { id: 'id', count: 'count', level: 'level', 'of.x': 'x', map: 'map', list: 'list' } },
  });
  const id = await stack.subjects.register(`${line.source.name}-value`, SCHEMA as AvroSchemaJson);
  const publish = (written: object) => line.source.publishRaw('k', framed(id, TYPE.toBuffer(written)));
  for (const [written] of ROWS) await publish(written);
  for (const written of OUT_OF_SCOPE) await publish(written);

  await line.start();
  await line.drained();
  expect(partner.received.map(({ body }) => body)).toEqual(expect.arrayContaining(ROWS.map(([, arrives]) => arrives)));
  expect(partner.received).toHaveLength(ROWS.length);
  const rows = await line.audit();
  expect(rows.filter(({ outcome }) => outcome === 'skipped')).toHaveLength(OUT_OF_SCOPE.length);
  expect(rows.find(({ ruleId }) => ruleId === '7')).toMatchObject({ outcome: 'delivered', version: 3 });
});
