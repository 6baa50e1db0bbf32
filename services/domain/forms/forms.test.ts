import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { isExactNumber, shortestFloat } from '../text/exact-number.ts';
import { AS } from './forms.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { compileSentForm } from './sent-form.ts';

const logical = (type: string, logicalType: string, more: object = {}) =>
  ({ type, logicalType, ...more }) as unknown as AvroSchemaJson;
const fixed = (size: number, logicalType?: string, more: object = {}) =>
  ({ type: 'fixed', name: 'F', size, ...(logicalType !== undefined && { logicalType }), ...more }) as AvroSchemaJson;
const MONEY = logical('bytes', 'decimal', { precision: 30, scale: 2 });
const BYTES = Buffer.from('Größe');
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const duration = (...numbers: number[]) => {
  const all = Buffer.alloc(12);
  numbers.forEach((number, index) => void all.writeUInt32LE(number, 4 * index));
  return all;
};
const MS = 1_795_514_400_123;
const STATUS = { type: 'enum', name: 'S', symbols: ['on', 'off'] } as const;

/** The JSON text that goes out. */
const jsonOf = (type: AvroSchemaJson, value: unknown, as?: string): string => {
  const { write, faults } = compileSentForm(type, 'field', as);
  expect(faults).toEqual([]);
  return JSON.stringify(write ? write(value) : value);
};

const ajv = new Ajv2020({ strict: false, validateFormats: true });
addFormats.default(ajv);

const TABLE: [type: AvroSchemaJson, as: string | undefined, value: unknown, json: string][] = [
  ['int', undefined, 7, '7'],
  ['int', 'string', -7, '"-7"'],
  ['long', undefined, 5, '5'],
  ['long', undefined, 9_007_199_254_740_993n, '9007199254740993'],
  ['long', undefined, -(2n ** 63n), '-9223372036854775808'],
  ['long', 'string', 9_007_199_254_740_993n, '"9007199254740993"'],
  ['float', undefined, Math.fround(0.1), '0.1'],
  ['float', undefined, Math.fround(3.4028235e38), '3.4028235e+38'],
  ['float', undefined, 2 ** 30, '1073741824'],
  ['float', undefined, Math.fround(1.4e-45), '1e-45'],
  ['float', 'string', Math.fround(0.1), '"0.1"'],
  ['float', 'integer', 16_777_216, '16777216'],
  ['double', undefined, 0.1, '0.1'],
  ['double', 'string', 1e21, '"1e+21"'],
  ['double', 'integer', 1e21, '1000000000000000000000'],
  ['string', undefined, 'a', '"a"'],
  ['string', 'number', '0.10', '0.1'],
  ['string', 'number', '12345678901234567890.123', '12345678901234567890.123'],
  ['string', 'integer', '5e3', '5000'],
  ['string', 'integer', '-9007199254740993', '-9007199254740993'],
  [STATUS, undefined, 'on', '"on"'],
  [
    logical('string', 'uuid'),
    undefined,
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    '"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"',
  ],
  [fixed(16, 'uuid'), undefined, bytes('f81d4fae7dec11d0a76500a0c91e6bf6'), '"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"'],
  ['boolean', undefined, true, 'true'],
  ['boolean', 'json-text', true, '"true"'],
  ['null', undefined, null, 'null'],
  [{ type: 'array', items: 'long' }, undefined, [1, 2n ** 60n], '[1,1152921504606846976]'],
  [{ type: 'array', items: 'long' }, 'json-text', [1, 2n ** 60n], '"[1,1152921504606846976]"'],
  [{ type: 'map', values: 'float' }, undefined, { a: Math.fround(0.1) }, '{"a":0.1}'],
  [
    { type: 'record', name: 'R', fields: [{ name: 'd', type: logical('int', 'date') }] },
    undefined,
    { d: 0 },
    '{"d":"1970-01-01"}',
  ],
  ['bytes', 'base64', BYTES, '"R3LDtsOfZQ=="'],
  ['bytes', 'hex', BYTES, '"4772c3b6c39f65"'],
  ['bytes', 'text', BYTES, '"Größe"'],
  [{ type: 'array', items: 'bytes' }, 'hex', [BYTES], '["4772c3b6c39f65"]'],
  [fixed(2), 'base64', bytes('fffe'), '"//4="'],
  [MONEY, undefined, bytes('04d2'), '"12.34"'],
  [MONEY, undefined, bytes('ff'), '"-0.01"'],
  [MONEY, undefined, bytes('0080'), '"1.28"'],
  [MONEY, 'number', bytes('04d2'), '12.34'],
  [MONEY, 'number', bytes('018ee90ff6c373e0ee4e3f0ad2'), '1234567890123456789012345678.90'],
  [fixed(4, 'decimal', { precision: 9 }), undefined, bytes('fffffff6'), '"-10"'],
  [fixed(4, 'decimal', { precision: 9 }), 'number', bytes('fffffff6'), '-10'],
  [logical('int', 'date'), undefined, 20_781, '"2026-11-24"'],
  [logical('int', 'date'), undefined, -1, '"1969-12-31"'],
  [logical('int', 'date'), 'days', 20_781, '20781'],
  [logical('int', 'time-millis'), undefined, 36_000_123, '"10:00:00.123"'],
  [logical('int', 'time-millis'), undefined, 36_000_000, '"10:00:00"'],
  [logical('int', 'time-millis'), 'ms', 36_000_123, '36000123'],
  [logical('int', 'time-millis'), 'us', 36_000_123, '36000123000'],
  [logical('long', 'time-micros'), undefined, 36_000_000_001, '"10:00:00.000001"'],
  [logical('long', 'time-micros'), 'ms', 36_000_123_000, '36000123'],
  [logical('long', 'time-micros'), 'us', 36_000_123_456, '36000123456'],
  [logical('long', 'timestamp-millis'), undefined, MS, String(MS)],
  [logical('long', 'timestamp-millis'), 'date-time', MS, '"2026-11-24T10:00:00.123Z"'],
  [logical('long', 'timestamp-millis'), 'date-time', MS - 123, '"2026-11-24T10:00:00Z"'],
  [logical('long', 'timestamp-millis'), 'date-time', -1, '"1969-12-31T23:59:59.999Z"'],
  [logical('long', 'timestamp-millis'), 'date', MS, '"2026-11-24"'],
  [logical('long', 'timestamp-millis'), 'epoch-s', MS - 123, String((MS - 123) / 1000)],
  [logical('long', 'timestamp-millis'), 'epoch-s', MS, '1795514400.123'],
  [logical('long', 'timestamp-millis'), 'epoch-ms', MS, String(MS)],
  [logical('long', 'timestamp-micros'), undefined, MS * 1000, `${MS}000`],
  [logical('long', 'timestamp-micros'), 'date-time', MS * 1000 + 4, '"2026-11-24T10:00:00.123004Z"'],
  [logical('long', 'timestamp-micros'), 'epoch-ms', MS * 1000, String(MS)],
  [logical('long', 'timestamp-nanos'), undefined, BigInt(MS) * 1_000_000n + 5n, `${MS}000005`],
  [logical('long', 'timestamp-nanos'), 'date-time', BigInt(MS) * 1_000_000n + 5n, '"2026-11-24T10:00:00.123000005Z"'],
  [logical('long', 'timestamp-nanos'), 'epoch-s', BigInt(MS) * 1_000_000n + 5n, '1795514400.123000005'],
  [logical('long', 'local-timestamp-millis'), undefined, MS, '"2026-11-24T10:00:00.123"'],
  [logical('long', 'local-timestamp-micros'), undefined, MS * 1000 + 4, '"2026-11-24T10:00:00.123004"'],
  [logical('long', 'local-timestamp-nanos'), undefined, BigInt(MS) * 1_000_000n, '"2026-11-24T10:00:00.123"'],
  [fixed(12, 'duration'), undefined, duration(1, 2, 11_045_006), '"P1M2DT3H4M5.006S"'],
  [fixed(12, 'duration'), undefined, duration(0, 0, 0), '"PT0S"'],
  [fixed(12, 'duration'), undefined, duration(14, 0, 0), '"P14M"'],
  [fixed(12, 'duration'), undefined, duration(0, 0, 4_294_967_295), '"PT1193H2M47.295S"'],
  [['null', 'int', 'long'], undefined, 5, '5'],
  [['null', 'int', 'long'], undefined, null, 'null'],
  [['int', 'long'], 'string', 2n ** 60n, '"1152921504606846976"'],
  [['float', 'double'], undefined, 2 ** 60, '1152921504606847000'],
  [['long', 'float'], undefined, 2 ** 40, '1099511627776'],
  [['string', STATUS], undefined, 'on', '"on"'],
  [['null', MONEY, 'string', logical('int', 'date')], undefined, bytes('04d2'), '"12.34"'],
  [['null', MONEY, 'string', logical('int', 'date')], undefined, 20_781, '"2026-11-24"'],
  [['null', { type: 'map', values: 'long' }, 'string'], undefined, { long: 2n ** 60n }, '{"long":1152921504606846976}'],
];

test.each(TABLE)('%j as %s: %p goes out as %s, and is what its JSON Schema says', (type, as, value, json) => {
  expect(jsonOf(type, value, as)).toBe(json);
  expect(ajv.validate(jsonSchemaOf(type, 'sent', as), JSON.parse(json))).toBe(true);
});

test('the table has every form', () => {
  const asked = new Set(TABLE.map(([, as]) => as));
  expect(AS.filter((as) => !asked.has(as))).toEqual([]);
});

test.each<[AvroSchemaJson, string | undefined, unknown, RegExp]>([
  ['double', undefined, Number.NaN, /is NaN, which JSON has no number for/],
  ['float', 'string', Number.POSITIVE_INFINITY, /is Infinity/],
  ['double', 'integer', 1.5, /is 1.5, which is not whole/],
  ['string', 'number', '12 ', /is no number/],
  ['string', 'number', '0x1f', /is no number/],
  ['string', 'integer', '1.5', /is no whole number/],
  ['string', 'integer', '1e999999999', /is no whole number/],
  ['bytes', 'text', bytes('ff'), /is no UTF-8/],
  [MONEY, undefined, Buffer.alloc(0), /without any byte/],
  [logical('int', 'date'), undefined, 2 ** 31 - 1, /years 0000 to 9999/],
  [logical('int', 'time-millis'), undefined, 86_400_000, /no time of a day/],
  [logical('long', 'timestamp-nanos'), 'date-time', 2n ** 63n * 1000n, /years 0000 to 9999/],
])('%j as %s: %p is refused', (type, as, value, why) => {
  expect(() => compileSentForm(type, 'field', as).write?.(value)).toThrow(why);
});

test.each<[number, string, string | undefined]>([
  [4, '270f', '0.9999'],
  [4, 'd8f1', '-0.9999'],
  [4, '2710', undefined],
  [4, 'd8f0', undefined],
  [4, '00000000270f', '0.9999'],
  [4, 'ffffffffd8f1', '-0.9999'],
  [4, `00${'ff'.repeat(400)}`, undefined],
  [4, `80${'00'.repeat(400)}`, undefined],
  [4, '00ffff', undefined],
  [4, 'ff0000', undefined],
  [5, '00ffff', '6.5535'],
  [5, 'ff0001', '-6.5535'],
])('a decimal of %s digits in 0x%.20s is %s', (precision, hex, text) => {
  const type = logical('bytes', 'decimal', { precision, scale: 4 });
  for (const as of [undefined, 'number']) {
    const write = () => String(JSON.parse(jsonOf(type, bytes(hex), as)));
    if (text === undefined) expect(write).toThrow(`has more digits than its precision ${precision}`);
    else expect(write()).toBe(text);
  }
});

test('property: a decimal has the digits that BigInt arithmetic gives it', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
      fc.integer({ min: 0, max: 40 }),
      (unscaled, scale) => {
        const size = 26;
        const raw = Buffer.from(
          BigInt.asUintN(8 * size, unscaled)
            .toString(16)
            .padStart(2 * size, '0'),
          'hex',
        );
        const type = logical('bytes', 'decimal', { precision: 70, scale });
        const text = JSON.parse(jsonOf(type, raw)) as string;
        expect(BigInt(text.replace('.', ''))).toBe(unscaled);
        expect((text.split('.')[1] ?? '').length).toBe(scale);
        const number = compileSentForm(type, 'f', 'number').write?.(raw);
        if (isExactNumber(number)) expect(number.rawJSON).toBe(text);
        else expect(BigInt(Math.round(Number(text)))).toBe(BigInt(Math.round(number as number)));
      },
    ),
  );
});

test('property: a timestamp reads back to the same moment, in every unit and form', () => {
  const years = { min: -62_167_219_200n, max: 253_402_300_799n };
  fc.assert(
    fc.property(
      fc.bigInt(years),
      fc.bigInt({ min: 0n, max: 999_999_999n }),
      fc.constantFrom(3, 6, 9),
      (second, nanos, places) => {
        const value = second * 10n ** BigInt(places) + nanos / 10n ** BigInt(9 - places);
        const plain = value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n ? Number(value) : value;
        const type = logical('long', `timestamp-${{ 3: 'millis', 6: 'micros', 9: 'nanos' }[places]}`);
        const dateTime = JSON.parse(jsonOf(type, plain, 'date-time')) as string;
        const [whole = '', fraction = ''] = dateTime.slice(0, -1).split('.');
        expect(BigInt(Date.parse(`${whole}Z`)) / 1000n).toBe(second);
        expect(BigInt(fraction.padEnd(places, '0'))).toBe(value - second * 10n ** BigInt(places));
        expect(fraction.endsWith('0')).toBe(false);
        expect(jsonOf(type, plain)).toBe(String(value));
        const [seconds = '', rest = ''] = jsonOf(type, plain, 'epoch-s').split('.');
        const magnitude = BigInt(seconds.replace('-', '')) * 10n ** BigInt(places) + BigInt(rest.padEnd(places, '0'));
        expect(seconds.startsWith('-') ? -magnitude : magnitude).toBe(value);
      },
    ),
  );
});

test('property: a float goes out as a decimal that reads back, and no shorter one does', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const short = shortestFloat(value);
      expect(Math.fround(short)).toBe(value);
      const digits = (number: number) => number.toExponential().split('e')[0]?.replace(/[-.]/g, '').length ?? 0;
      if (!Number.isSafeInteger(value) && digits(short) > 1)
        expect(Math.fround(Number(value.toPrecision(digits(short) - 1)))).not.toBe(value);
    }),
  );
});
