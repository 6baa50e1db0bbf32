import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asFloat, comparableWrite, formIn, keyIn } from './comparable.ts';

const logical = (type: string, logicalType: string, more: object = {}) =>
  ({ type, logicalType, ...more }) as unknown as AvroSchemaJson;
const fixed = (size: number, logicalType: string, more: object = {}) =>
  ({ type: 'fixed', name: 'F', size, logicalType, ...more }) as AvroSchemaJson;
const money = (precision: number, scale: number) => logical('bytes', 'decimal', { precision, scale });
const DATE = logical('int', 'date');
const TIME = logical('int', 'time-millis');
const LOCAL = logical('long', 'local-timestamp-millis');
const DURATION = fixed(12, 'duration');
const UUID = fixed(16, 'uuid');
const ON = { type: 'enum', name: 'S', symbols: ['on', 'off'] } as const;

/** What a file says, and what it has to say to mean that; undefined when no record can hold it. */
test.each<[AvroSchemaJson, string | number | boolean, string | number | boolean | undefined]>([
  [TIME, '10:00:00.1', '10:00:00.1'],
  [TIME, '10:00:00.100', '10:00:00.1'],
  [TIME, '10:00:00.000', '10:00:00'],
  [TIME, '10:00', '10:00:00'],
  [TIME, '23:59:59.999', '23:59:59.999'],
  [TIME, '24:00:00', undefined],
  [TIME, '25:00:00', undefined],
  [TIME, '10:00:00.1234', undefined],
  [logical('long', 'time-micros'), '10:00:00.1234', '10:00:00.1234'],
  [DATE, '2024-02-29', '2024-02-29'],
  [DATE, '2026-02-29', undefined],
  [DATE, '2026-02-30', undefined],
  [DATE, '2026-13-01', undefined],
  [DATE, '0000-01-01', '0000-01-01'],
  [DATE, 'tomorrow', undefined],
  [LOCAL, '2026-11-24T10:00:00.100', '2026-11-24T10:00:00.1'],
  [LOCAL, '2026-11-24 10:00:00', '2026-11-24T10:00:00'],
  [LOCAL, '2026-02-30T10:00:00', undefined],
  [LOCAL, '2026-11-24T24:00:00', '2026-11-25T00:00:00'],
  [LOCAL, '2026-11-24T10:00:00Z', undefined],
  [logical('long', 'local-timestamp-nanos'), '2026-11-24T10:00:00.000000001', '2026-11-24T10:00:00.000000001'],
  [logical('long', 'local-timestamp-nanos'), '9999-11-24T10:00:00', undefined],
  [DURATION, 'PT1M30S', 'PT1M30S'],
  [DURATION, 'PT90S', 'PT1M30S'],
  [DURATION, 'P1Y1W', 'P12M7D'],
  [DURATION, 'P0D', 'PT0S'],
  [DURATION, 'PT1.500S', 'PT1.5S'],
  [DURATION, 'PT0.0001S', undefined],
  [DURATION, 'P1DT', undefined],
  [DURATION, 'P4294967296D', undefined],
  [money(6, 2), '12.50', '12.50'],
  [money(6, 2), '012.50', '12.50'],
  [money(6, 2), '12.5', '12.50'],
  [money(6, 2), '12.500', '12.50'],
  [money(6, 2), '12.505', undefined],
  [money(6, 2), '-0.00', '0.00'],
  [money(6, 2), '-9999.99', '-9999.99'],
  [money(6, 2), '1234567.00', undefined],
  [money(4, 4), '0.1234', '0.1234'],
  [money(4, 0), '1234', '1234'],
  [fixed(1, 'decimal', { precision: 9, scale: 0 }), '-128', '-128'],
  [fixed(1, 'decimal', { precision: 9, scale: 0 }), '128', undefined],
  [UUID, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  [UUID, 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  [UUID, 'f81d4fae', undefined],
  ['int', 2 ** 31 - 1, 2 ** 31 - 1],
  ['int', 3_000_000_000, undefined],
  ['int', '9007199254740993', undefined],
  ['int', '5', 5],
  ['int', 1.5, undefined],
  ['long', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ['long', 2 ** 53, undefined],
  ['long', '9007199254740992', '9007199254740992'],
  ['long', '-9007199254740994', '-9007199254740994'],
  ['long', '-9223372036854775808', '-9223372036854775808'],
  ['long', '9223372036854775808', undefined],
  ['long', '09007199254740993', '9007199254740993'],
  [logical('long', 'timestamp-nanos'), '1795514400000000000', '1795514400000000000'],
  ['float', 0.1, 0.1],
  ['float', 0.123456789, 0.123456789],
  ['float', 1e300, undefined],
  ['float', Number.NaN, undefined],
  ['double', 1e300, 1e300],
  ['double', '1e300', 1e300],
  ['double', Number.NEGATIVE_INFINITY, undefined],
  ['boolean', 'true', true],
  ['boolean', 'toString', undefined],
  ['string', '10:00:00.100', '10:00:00.100'],
  ['string', 3, undefined],
  [ON, 'on', 'on'],
  [ON, 'On', undefined],
  ['bytes', 'a', undefined],
  [{ type: 'array', items: 'string' }, 'a', undefined],
  [['null', 'string', 'long'], 'a', 'a'],
  [['null', 'string', 'long'], '5', '5'],
  [['long', 'double'], '9007199254740994', '9007199254740994'],
  [['int', 'float'], 0.123456789, 0.12345679],
  [['bytes', 'float'], 0.1, 0.1],
  // What goes out in no form is compared as the record has it.
  [[DATE, 'long'], '2026-11-24', 20_781],
  [[DATE, 'long'], '9007199254740993', '9007199254740993'],
])('%j: %p is written as %p', (type, given, form) => {
  expect(formIn(given, type)).toBe(form);
});

test.each<[AvroSchemaJson, string, string | undefined]>([
  ['int', '7', '7'],
  ['int', '3000000000', undefined],
  ['long', '9007199254740992', '9007199254740992'],
  ['long', '92233720368547758080', undefined],
  ['long', '1e3', undefined],
  ['double', '1e21', '1e+21'],
  ['double', '9007199254740993', '9007199254740992'],
  ['float', '0.123456789', '0.12345679'],
  ['float', '0.1', '0.1'],
  ['boolean', 'true', 'true'],
  ['boolean', 'yes', undefined],
  [TIME, '10:00:00.100', '10:00:00.1'],
  [money(6, 2), '12.5', '12.50'],
])('%j: the key %p of a dictionary is written as %p', (type, text, form) => {
  expect(keyIn(text, type)).toBe(form);
});

test('property: whatever a record holds can be named as it is compared', () => {
  const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map((all) => Buffer.from(all));
  const long = fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
  const VALUES: [AvroSchemaJson, fc.Arbitrary<unknown>][] = [
    ['int', fc.integer()],
    ['long', long],
    [['long', 'string'], long],
    ['float', fc.float({ noNaN: true, noDefaultInfinity: true })],
    ['double', fc.double({ noNaN: true, noDefaultInfinity: true })],
    [DATE, fc.integer({ min: -719_528, max: 2_932_896 })],
    [TIME, fc.nat({ max: 86_399_999 })],
    [logical('long', 'time-micros'), fc.nat({ max: 86_399_999_999 })],
    [LOCAL, fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })],
    [logical('long', 'local-timestamp-nanos'), long],
    [DURATION, bytes(12)],
    [UUID, bytes(16)],
    [fixed(4, 'decimal', { precision: 10, scale: 3 }), bytes(4)],
  ];
  for (const [type, values] of VALUES)
    fc.assert(
      fc.property(values, (value) => {
        const form = (comparableWrite(type)?.(value) ?? value) as string | number;
        expect(formIn(form, type)).toBe(form);
        expect(asFloat(form, type)).toBe(form);
        expect(keyIn(String(form), type)).toBe(String(form));
      }),
    );
});
