// The codec against a registry of one page: what it holds may come from anybody.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSchema } from '@ess/schemas/catalog.ts';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import avro from 'avsc';
import { Codec } from './codec.ts';

interface Registered {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly object[];
}

const COMMAND = readSchema('ess.control') as unknown as {
  name: string;
  namespace: string;
  fields: Array<{ name: string }>;
};
const R = { type: 'record', name: 'R', fields: [{ name: 'f', type: 'int' }] };

let byPath: Record<string, Registered>;
let asked: string[];
let server: ReturnType<typeof createServer>;
let url: string;

beforeEach(async () => {
  byPath = {};
  asked = [];
  server = createServer((request, response) => {
    const path = (request.url as string).split('?')[0] as string;
    asked.push(path);
    const found = byPath[path];
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error_code: 40403, message: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const register = (id: number, schema: unknown, more: Partial<Registered> = {}) => {
  byPath[`/schemas/ids/${id}`] = { schema: JSON.stringify(schema), ...more };
};
const framed = (id: number, body: Uint8Array) => {
  const value = Buffer.alloc(5 + body.length);
  value.writeInt32BE(id, 1);
  value.set(body, 5);
  return value;
};
async function decode(codec: Codec, value: Buffer, topic?: string) {
  await codec.prepare([value]);
  return codec.decode(value, topic);
}

test('a record of a topic that we do not know is any record', async () => {
  register(7, R);
  expect(await decode(new Codec(url), framed(7, Buffer.from([2])), 'elsewhere')).toEqual({
    ok: true,
    record: { f: 1 },
  });
});

test.each([7, null, Number.MAX_SAFE_INTEGER, 2n ** 53n + 1n, -(2n ** 63n)])(
  'a version of %s is written and read as it is',
  async (version) => {
    const fields = [
      { name: 'version', type: ['null', 'long'] },
      { name: 'at', type: 'long' },
    ];
    register(7, { ...R, fields });
    byPath['/subjects/s'] = { id: 7, schema: JSON.stringify({ ...R, fields }) } as Registered;
    const codec = new Codec(url);
    const encode = await codec.encoder('s', { ...R, fields });
    const record = { version, at: 1_795_000_000_999 };
    expect(await decode(codec, encode(record))).toEqual({ ok: true, record });
    expect(() => encode({ version: 'v7', at: 1 })).toThrow(/^s: /);
  },
);

test('the last safe longs are written wherever they are', async () => {
  const micros = { type: 'long', logicalType: 'timestamp-micros' };
  const fields = [
    { name: 'at', type: micros },
    { name: 'many', type: { type: 'array', items: ['null', 'long'] } },
  ];
  register(7, { ...R, fields });
  byPath['/subjects/s'] = { id: 7, schema: JSON.stringify({ ...R, fields }) } as Registered;
  const codec = new Codec(url);
  const encode = await codec.encoder('s', { ...R, fields });
  const record = { at: Number.MAX_SAFE_INTEGER, many: [Number.MIN_SAFE_INTEGER, null, 7] };
  expect(await decode(codec, encode(record))).toEqual({ ok: true, record });
  expect(() => encode({ ...record, at: Number.MAX_SAFE_INTEGER + 1 })).toThrow(/^s: /);
});

test('schemas that a schema refers to are read with it', async () => {
  const inner = (name: string, of: unknown) => ({ ...R, name, namespace: 'a', fields: [{ name: 'f', type: of }] });
  register(7, inner('C', ['null', 'a.B']), { references: [{ name: 'a.B', subject: 'b', version: 1 }] });
  const a = { schema: JSON.stringify(inner('A', 'int')) };
  const b = { schema: JSON.stringify(inner('B', 'a.A')), references: [{ name: 'a.A', subject: 'a', version: 3 }] };
  byPath = { ...byPath, '/subjects/b/versions/1': b, '/subjects/a/versions/3': a };
  const decoded = await decode(new Codec(url), framed(7, Buffer.from([2, 10])));
  expect(decoded).toEqual({ ok: true, record: { f: { f: { f: 5 } } } });
});

test.each<[string, unknown, Partial<Registered>, RegExp]>([
  ['JSON Schema', { type: 'object' }, { schemaType: 'JSON' }, /is not Avro/],
  ['a record without end', { ...R, fields: [{ name: 'f', type: 'R' }] }, {}, /R contains itself/],
  ['twenty thousand fields', { ...R, fields: Array(2e4).fill(R.fields[0]) }, {}, /more than 10000/],
  ['no schema', 17, {}, /17 is no type/],
  ['names that make a long error', { ...R, fields: Array(1_000).fill(R.fields[0]) }, {}, /duplicate field/],
])('%s is there, cannot be read, and is asked for once', async (_, schema, more, detail) => {
  register(7, schema, more);
  const codec = new Codec(url);
  const value = framed(7, Buffer.from([2]));
  const decoded = await decode(codec, value);
  expect(decoded).toMatchObject({ ok: false, reason: 'unreadable-schema', detail: expect.stringMatching(detail) });
  expect(!decoded.ok && decoded.detail).toMatch(/^schema id 7 is there and cannot be read: /);
  expect(!decoded.ok && decoded.detail.length).toBeLessThanOrEqual(500);
  expect(codec.isPrepared([value])).toBe(true);
  await codec.prepare([value]);
  expect(asked).toEqual(['/schemas/ids/7', '/schemas/ids/7/versions']);
});

const ENDLESS = { ...R, fields: [{ name: 'f', type: 'R' }] };

test.each<[string, unknown, boolean, string?]>([
  ["is the topic's value", ['rules-value'], true],
  ["is the topic's, by the name of a record", ['other', 'rules-com.acme.Outer$Rule'], true],
  ["is another topic's", ['rules-eu-value', 'rulesx-value', 'rules', 'value'], false],
  ['is a record of no topic', ['com.acme.Rule'], false],
  ['is of the subject that the source names', ['other', 'com.acme.Rule'], true, 'com.acme.Rule'],
  ["is the topic's value, whatever the source names", ['rules-value'], true, 'com.acme.Rule'],
  ['has no subject any more', [], false],
  ['has foreign subjects without number', Array(257).fill('other-value'), false],
  ['is of nobody knows which subject', undefined, true],
])('a schema that cannot be read and %s', async (_, subjects, holds, ...[own]) => {
  register(7, ENDLESS);
  if (subjects)
    byPath['/schemas/ids/7/versions'] = (subjects as string[]).map((subject) => ({ subject, version: 1 })) as never;
  const codec = new Codec(url);
  const value = framed(7, Buffer.from([2]));
  expect(codec.holdsSource('rules', value)).toBe(false);
  await codec.prepare([value]);
  expect(codec.holdsSource('rules', value, own)).toBe(holds);
  expect([null, Buffer.from('x'), framed(8, Buffer.of(0))].map((one) => codec.holdsSource('rules', one))).toEqual([
    false,
    false,
    false,
  ]);
});

test('a schema that cannot be read is asked for again after five seconds: it may be readable then, or gone', async () => {
  let nowMs = 0;
  const codec = new Codec(url, { nowMs: () => nowMs });
  const outer = { ...R, fields: [{ name: 'f', type: 'a.B' }] };
  const lacking = { references: [{ name: 'a.B', subject: 'b', version: 1 }] };
  register(1, R);
  register(7, outer, lacking);
  register(8, outer, lacking);
  const values = [7, 8].map((id) => framed(id, Buffer.from([2])));
  await codec.prepare([framed(1, Buffer.from([2])), ...values]);
  for (const value of values) {
    expect(codec.holdsSource('rules', value)).toBe(true);
    expect(codec.decode(value)).toMatchObject({
      reason: 'unreadable-schema',
      detail: expect.stringMatching(/it refers to \/subjects\/b\/versions\/1: the registry has no such schema/),
    });
  }
  byPath['/subjects/b/versions/1'] = { schema: JSON.stringify({ ...R, name: 'B', namespace: 'a' }) };
  delete byPath['/schemas/ids/8'];
  nowMs = 4_999;
  expect(codec.isPrepared(values)).toBe(true);
  nowMs = 5_000;
  await codec.prepare(values);
  expect(values.map((value) => codec.holdsSource('rules', value))).toEqual([false, false]);
  expect(codec.decode(values[0] as Buffer)).toEqual({ ok: true, record: { f: { f: 1 } } });
  expect(codec.decode(values[1] as Buffer)).toMatchObject({ reason: 'unknown-schema' });
});

test('an id that nobody knows is asked for again after five seconds, of many each later', async () => {
  let nowMs = 0;
  const codec = new Codec(url, { nowMs: () => nowMs });
  const valuesOf = (count: number) => Array.from({ length: count }, (_, id) => framed(id + 1, Buffer.from([2])));
  const few = valuesOf(20);
  await codec.prepare(few);
  expect(codec.decode(few[0] as Buffer)).toMatchObject({ ok: false, reason: 'unknown-schema' });
  nowMs = 4_999;
  expect(codec.isPrepared(few)).toBe(true);
  nowMs = 5_000;
  expect(codec.isPrepared(few)).toBe(false);
  const many = valuesOf(500);
  await codec.prepare(many);
  nowMs += 9_999;
  expect(codec.isPrepared(many)).toBe(true);
  nowMs += 1;
  expect(codec.isPrepared(many)).toBe(false);
});

test('ids that no schema can have are never asked for', async () => {
  const values = [0, -1, -(2 ** 31)].map((id) => framed(id, Buffer.from([2])));
  const codec = new Codec(url);
  expect(codec.isPrepared(values)).toBe(true);
  for (const value of values)
    expect(codec.decode(value)).toMatchObject({
      reason: 'unknown-schema',
      detail: expect.stringContaining('begin at 1'),
    });
  expect(asked).toEqual([]);
});

test.each<[string, (schema: typeof COMMAND) => unknown]>([
  ['the same', (schema) => schema],
  ['one of another namespace', (schema) => ({ ...schema, namespace: 'elsewhere' })],
  ['one without the optional fields', (schema) => ({ ...schema, fields: schema.fields.slice(0, 5) })],
])('a command is read with %s, and has all its fields', async (_, written) => {
  const schema = written(COMMAND) as typeof COMMAND;
  const command = { id: 'c1', partner: 'p', kind: 'pause', at: 5, by: 'somebody' };
  const absent = { reason: null, of: null, replay: null, redrive: null, progress: null, proposal: null };
  register(7, schema);
  const value = framed(7, avro.Type.forSchema(schema as never).toBuffer({ ...command }));
  expect(await decode(new Codec(url), value, 'ess.control')).toEqual({ ok: true, record: { ...command, ...absent } });
});

test.each<[string, (schema: typeof COMMAND) => unknown, RegExp]>([
  ['lacks a field', (schema) => ({ ...schema, fields: schema.fields.slice(1) }), /field id is missing/],
  [
    'has another type',
    (schema) => ({ ...schema, fields: [{ name: 'id', type: 'long' }, ...schema.fields.slice(1)] }),
    /field id is long where string is wanted/,
  ],
  ['has another name', (schema) => ({ ...schema, name: 'Order' }), /is gov.hms.ess.Order where gov.hms.ess.Command/],
])('a schema that %s is the wrong one', async (_, written, detail) => {
  register(7, written(COMMAND));
  const decoded = await decode(new Codec(url), framed(7, Buffer.alloc(20)), 'ess.control');
  expect(decoded).toMatchObject({ ok: false, reason: 'wrong-schema', detail: expect.stringMatching(detail) });
});

test('of a schema that knows more kinds of commands, those that we know are read', async () => {
  const kind = { type: 'enum', name: 'CommandKind', symbols: ['postponed', 'pause'] };
  const schema = {
    ...COMMAND,
    fields: COMMAND.fields.map((field) => (field.name === 'kind' ? { ...field, type: kind } : field)),
  };
  register(7, schema);
  const codec = new Codec(url);
  const read = (symbol: string) => {
    const body = avro.Type.forSchema(schema as never).toBuffer({
      id: 'c1',
      partner: 'p',
      kind: symbol,
      at: 5,
      by: 'x',
    });
    return decode(codec, framed(7, body), 'ess.control');
  };
  expect(await read('pause')).toMatchObject({ ok: true, record: { kind: 'pause' } });
  expect(await read('postponed')).toMatchObject({
    ok: false,
    reason: 'wrong-schema',
    detail:
      'schema id 7 cannot be read as the schema of ess.control that this program was built with: field kind is postponed, a symbol that gov.hms.ess.CommandKind has not',
  });
});

test('an id is asked for again after five seconds, also when the clock was set back meanwhile', async () => {
  const steady = jest.spyOn(performance, 'now').mockReturnValue(1_000);
  const clock = jest.spyOn(Date, 'now').mockReturnValue(3_600_000);
  try {
    const codec = new Codec(url);
    const value = framed(7, Buffer.from([2]));
    await codec.prepare([value]);
    clock.mockReturnValue(0);
    expect(codec.isPrepared([value])).toBe(true);
    steady.mockReturnValue(6_000);
    expect(codec.isPrepared([value])).toBe(false);
  } finally {
    clock.mockRestore();
    steady.mockRestore();
  }
});
