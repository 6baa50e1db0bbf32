import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { describe, expect, test } from '@jest/globals';
import { notAvro } from '../avro/not-avro.ts';
import { formatProblem } from '../text/problem.ts';
import { compileConnector } from './compile.ts';
import type { ConnectorFolder } from './connector.ts';

describe('numbers and forms in the files of a folder', () => {
  const record = (fields: Record<string, unknown>) =>
    ({
      type: 'record',
      name: 'Stay',
      fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
    }) as AvroSchemaJson;
  const STAY = record({
    id: 'long',
    level: 'float',
    since: { type: 'long', logicalType: 'timestamp-millis' },
    day: { type: 'int', logicalType: 'date' },
    price: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
    levels: { type: 'array', items: 'float' },
    raw: 'bytes',
  });
  const folder = (mapping: string, more: Record<string, string> = {}, where = '{}'): ConnectorFolder => ({
    partner: 'clinic',
    path: 'connectors/clinic',
    files: new Map(
      Object.entries({
        'connector.yaml': `partner: clinic\nsource: { topic: stays, where: ${where} }\nmapping: mapping.json\ndeliver: { url: https://clinic.example/ }\n`,
        'mapping.json': mapping,
        ...more,
      }),
    ),
  });
  const compiledAs = (mapping: object | string, more?: Record<string, string>, where?: string) =>
    compileConnector(folder(typeof mapping === 'string' ? mapping : JSON.stringify(mapping), more, where), {
      env: () => undefined,
      sourceSchema: () => STAY,
    });
  const complaints = (...given: Parameters<typeof compiledAs>) => compiledAs(...given).problems.map(formatProblem);
  const FIELDS = { fields: { id: 'id' } };

  test.each<[string, Parameters<typeof compiledAs>, string]>([
    [
      'a number that is rounded in a default',
      ['{ "fields": { "id": "id" },\n  "defaults": { "no": 9007199254740993 } }'],
      'connectors/clinic/mapping.json:2 defaults.no: is a number that cannot be held exactly (write it in quotes, or with fewer digits)',
    ],
    [
      'a number that is rounded in a dictionary',
      ['{ "fields": { "id": "id" },\n "values": {\n "id": { "1": 0.10000000000000000555 } } }'],
      'connectors/clinic/mapping.json:3 values.id.1: is a number that cannot be held exactly (write it in quotes, or with fewer digits)',
    ],
    [
      'a number that a contract wants equal',
      [FIELDS, { 'contract.schema.json': '{ "properties": { "id": { "enum": [1, 9007199254740993] } } }' }],
      'connectors/clinic/contract.schema.json:1 properties.id.enum[1]: is a number that cannot be held exactly (write it in quotes, or with fewer digits)',
    ],
    [
      'a form that does not fit',
      ['{ "fields": {\n  "id": { "to": "id",\n "as": "date-time" } } }'],
      'connectors/clinic/mapping.json:3 fields.id.as: "date-time" does not fit a long (use one of string)',
    ],
    [
      'a form that is none',
      ['{ "fields": {\n  "since": { "to": "id",\n "as": "datetime" } } }'],
      'connectors/clinic/mapping.json:3 fields.since.as: "datetime" is not one of the choices (did you mean "date-time"?)',
    ],
    [
      'a part of a target that is none',
      [{ fields: { id: { to: 'id', wenn: { id: 1 } } } }],
      'connectors/clinic/mapping.json:1 fields.id.wenn: unknown field (did you mean "when"?)',
    ],
    [
      'a target that is not named',
      [{ fields: { id: { as: 'string' } } }],
      'connectors/clinic/mapping.json:1 fields.id.to: is missing (add it: Target path, e.g. reservation.beds)',
    ],
    [
      'what stands between texts that are not joined',
      [{ fields: { name: { to: 'name', with: '-' } } }],
      'connectors/clinic/mapping.json:1 fields.name: "with" stands between joined texts, and there is no "join" (add "join", or remove "with")',
    ],
    [
      'a form beside a dictionary',
      [{ fields: { id: { to: 'id', as: 'string' } }, values: { id: { '1': 'a' } } }],
      'connectors/clinic/mapping.json:1 fields.id.as: the field has a dictionary, which says what is sent (remove "as", or the dictionary)',
    ],
    [
      'bytes without a form',
      [{ fields: { raw: 'raw' } }],
      'connectors/clinic/mapping.json:1 fields.raw: raw holds bytes, which JSON cannot carry (say how: { "to": …, "as": … } with "base64", "hex", "text")',
    ],
    [
      'a path into a number',
      [{ fields: { 'since.day': 'day' } }],
      'connectors/clinic/mapping.json:1 fields["since.day"]: "since" has no fields inside (use "since")',
    ],
    [
      'a decimal with too few digits in the scope',
      [FIELDS, {}, '{ price: "1.5" }'],
      'connectors/clinic/connector.yaml:2 source.where.price: "1.5" is not a value of this field (write it as "1.50")',
    ],
    [
      'a day as a number in the scope',
      [FIELDS, {}, '{ day: 20781 }'],
      'connectors/clinic/connector.yaml:2 source.where.day: the field is a string, 20781 is a number (write a value such as "2026-11-24")',
    ],
    [
      'bytes in the scope',
      [FIELDS, {}, '{ raw: a }'],
      'connectors/clinic/connector.yaml:2 source.where.raw: the field is bytes, "a" is a string (remove it: bytes and lists are not compared)',
    ],
    [
      'a large number without quotes in the scope',
      [FIELDS, {}, '{ id: 9007199254740993 }'],
      'connectors/clinic/connector.yaml:2 source.where.id: 9007199254740992 is not a value of this field (write a whole number from -9223372036854775808 to 9223372036854775807, in quotes beyond 2^53)',
    ],
    [
      'a day that no month has in the scope',
      [FIELDS, {}, '{ day: [2026-11-24, 2026-02-30] }'],
      'connectors/clinic/connector.yaml:2 source.where.day[1]: "2026-02-30" is not a value of this field (write a value such as "2026-11-24")',
    ],
    [
      'a number that no long holds in the scope',
      [FIELDS, {}, '{ id: "9223372036854775808" }'],
      'connectors/clinic/connector.yaml:2 source.where.id: "9223372036854775808" is not a value of this field (write a whole number from -9223372036854775808 to 9223372036854775807, in quotes beyond 2^53)',
    ],
    [
      'a number that no float holds in the scope',
      [FIELDS, {}, '{ level: 1e300 }'],
      'connectors/clinic/connector.yaml:2 source.where.level: 1e+300 is not a value of this field (write a number up to 3.4e38)',
    ],
    [
      'no number in the scope',
      [FIELDS, {}, '{ level: .nan }'],
      'connectors/clinic/connector.yaml:2 source.where.level: must be a string or a number or a boolean or null or an array, is NaN (A value, or a list of accepted values, e.g. Hospital)',
    ],
    [
      'a list in the scope',
      [FIELDS, {}, '{ levels: 0.1 }'],
      'connectors/clinic/connector.yaml:2 source.where.levels: the field is an array, 0.1 is a number (remove it: bytes and lists are not compared)',
    ],
    [
      'a number that no long holds in a dictionary',
      [{ fields: { id: 'id' }, values: { id: { '92233720368547758080': 'big' } } }],
      'connectors/clinic/mapping.json:1 values.id.92233720368547758080: "92233720368547758080" is not a value of this field (write a whole number from -9223372036854775808 to 9223372036854775807, in quotes beyond 2^53)',
    ],
    [
      'a decimal in a dictionary that is none',
      [{ fields: { price: 'price' }, values: { price: { '1.5': 'low' } } }],
      'connectors/clinic/mapping.json:1 values.price["1.5"]: "1.5" is not a value of this field (write it as "1.50")',
    ],
  ])('%s', (_, given, complaint) => {
    expect(complaints(...given)).toEqual([complaint]);
  });

  test('a newest schema that is not Avro is told, and nothing of fields', () => {
    const { problems } = compileConnector(folder(JSON.stringify(FIELDS), {}, '{ id: 5 }, key: id'), {
      env: () => undefined,
      sourceSchema: () => notAvro('JSON'),
      shownSchema: () => 'schema id 9 (version 2 of stays-value)',
    });
    expect(problems.map(formatProblem)).toEqual([
      'connectors/clinic/connector.yaml:2 source.topic: the newest schema of stays is not Avro but JSON: schema id 9 (version 2 of stays-value) (records are read as Avro: write them so and register their schema as stays-value, or take another topic)',
    ]);
  });

  test('the scope compares records in the form that goes out', () => {
    const inScope = (where: string, value: object) => {
      const { connector, problems } = compiledAs(FIELDS, {}, where);
      expect(problems).toEqual([]);
      return connector?.inScope(value);
    };
    expect(inScope('{ level: 0.1 }', { level: Math.fround(0.1) })).toBe(true);
    expect(inScope('{ level: [0.2, 0.123456789] }', { level: Math.fround(0.123456789) })).toBe(true);
    expect(inScope('{ level: 0.1 }', { level: Number.NaN })).toBe(false);
    expect(inScope('{ id: "9007199254740993" }', { id: 9_007_199_254_740_993n })).toBe(true);
    expect(inScope('{ id: "9007199254740993" }', { id: 9_007_199_254_740_995n })).toBe(false);
    // Exact doubles are no exception, and neither are the ends of the type.
    expect(inScope('{ id: "9007199254740994" }', { id: 9_007_199_254_740_994n })).toBe(true);
    expect(inScope('{ id: "-9223372036854775808" }', { id: -(2n ** 63n) })).toBe(true);
    expect(inScope('{ id: [1, "9007199254740992"] }', { id: 2n ** 53n })).toBe(true);
    expect(inScope('{ id: 5 }', { id: 5 })).toBe(true);
    expect(inScope('{ day: "2026-11-24" }', { day: 20_781 })).toBe(true);
    expect(inScope('{ day: 2026-11-24 }', { day: 20_782 })).toBe(false);
    expect(inScope('{ price: "1.50" }', { price: Buffer.from([0, 150]) })).toBe(true);
    expect(inScope('{ since: 1795514400123 }', { since: 1_795_514_400_123 })).toBe(true);
  });

  test('a record whose scope cannot be told is refused with the reason: it is not passed over', () => {
    const record = { id: 5, price: Buffer.alloc(900_000, 1) };
    const untold = compiledAs({ fields: { id: 'i' } }, {}, '{ price: "1.50", id: 5 }').connector;
    expect(untold?.inScope(record)).toBe(true);
    const reason = 'mapping: price: has more digits than its precision 9, and source.where asks for it';
    expect(untold?.map(record)).toEqual({ ok: false, reason });
    expect(untold?.map({ id: 5, price: Buffer.from([0, 150]) })).toEqual({ ok: true, document: { i: 5 } });
    // Another field has told it.
    expect(untold?.inScope({ ...record, id: 6 })).toBe(false);
  });

  test('a dictionary is asked by the form that goes out, and a contract judges digits as a number', () => {
    const values = {
      level: { '0.1': 'low' },
      id: { '9007199254740993': 'big', '9007199254740992': 'even' },
      day: { '2026-11-24': 'today' },
    };
    const record = { level: Math.fround(0.1), id: 9_007_199_254_740_993n, day: 20_781 };
    const listed = compiledAs({ fields: { level: 'l', id: 'i', day: 'd' }, values }).connector?.map(record);
    expect(listed).toEqual({ ok: true, document: { l: 'low', i: 'big', d: 'today' } });
    const even = compiledAs({ fields: { id: 'i' }, values }).connector?.map({ ...record, id: 2n ** 53n });
    expect(even).toEqual({ ok: true, document: { i: 'even' } });
    const contract = (rule: object) => ({ 'contract.schema.json': JSON.stringify({ properties: { id: rule } }) });
    const judged = (rule: object) => {
      const made = compiledAs(FIELDS, contract(rule)).connector?.map(record);
      return made?.ok ? JSON.stringify(made.document) : made?.reason;
    };
    expect(judged({ type: 'integer', minimum: 0, maximum: 2 ** 63 })).toBe('{"id":9007199254740993}');
    expect(judged({ maximum: 5 })).toBe('contract: id must be <= 5');
    expect(judged({ multipleOf: 2 })).toBe('contract: id must be multiple of 2'); // the nearest double is
  });

  test('what no number of JSON is names its way', () => {
    const { connector } = compiledAs({ fields: { levels: 'levels' } });
    expect(connector?.map({ levels: [1, Number.POSITIVE_INFINITY] })).toEqual({
      ok: false,
      reason: 'mapping: levels[1]: is Infinity, which JSON has no number for',
    });
  });

  test('a sample is written in the forms that go out', () => {
    const files = (price: string) => ({
      'samples/a.rule.json': JSON.stringify({ id: '9007199254740993', price, day: '2026-11-24', raw: '//4=' }),
      'samples/a.body.json': JSON.stringify({ id: '9007199254740993', price: '12.50', day: 20_781, raw: 'fffe' }),
    });
    const as = (to: string, form: string) => ({ to, as: form });
    const mapping = {
      fields: { id: as('id', 'string'), price: 'price', day: as('day', 'days'), raw: as('raw', 'hex') },
    };
    expect(complaints(mapping, files('12.50'))).toEqual([]);
    expect(complaints(mapping, files('12.5'))).toEqual([
      expect.stringContaining('samples/a.rule.json:1: mapping: price: is no bytes'),
    ]);
  });
});
