import { expect, test } from '@jest/globals';
import { foreignFraming, noSuchId } from './foreign-framing.ts';

const bytes = (...parts: Array<Buffer | string | readonly number[]>) =>
  Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part as string))));
const GUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

test.each<readonly [name: string, value: Buffer, told: RegExp]>([
  ['nothing', bytes(), /has 0 bytes/],
  ['the beginning of a header', bytes([0, 0, 0]), /has 3 bytes/],
  ["AWS Glue's", bytes([3, 0], GUID, 'body'), /AWS Glue.*bytes 3 and 0.*00112233-4455-6677-8899-aabbccddeeff/],
  ["AWS Glue's, packed", bytes([3, 5], GUID, 'body'), /AWS Glue.*bytes 3 and 5/],
  [
    'single-object Avro',
    bytes([0xc3, 1, 8, 0, 0, 0, 0, 0, 0, 1], 'body'),
    /single-object.*fingerprint 100000000000008/,
  ],
  ['an Avro file', bytes('Obj', [1], 'meta'), /whole Avro file/],
  ['a GUID', bytes([1], GUID, 'body'), /begins with 01 00 11 22.*GUID/],
  ['JSON', bytes('{"ruleId":"a"}'), /plain JSON/],
  ['JSON with blanks', bytes('\n  [1, 2]\n'), /plain JSON/],
  ['a JSON text', bytes('"rule"'), /plain JSON/],
  ['what only begins like JSON', bytes('{{{'), /begins with 7b 7b 7b: maybe Avro without the id/],
  ['Avro alone', bytes([8], 'r-12'), /begins with 08 72 2d 31: maybe Avro without the id.*header/],
])('%s is told as such', (_name, value, told) => {
  expect(foreignFraming(value)).toMatch(/^not in the Confluent wire format/);
  expect(foreignFraming(value)).toMatch(told);
});

test.each<readonly [header: string, told: RegExp | undefined]>([
  ['0000000001', undefined],
  ['007fffffff', undefined],
  ['0000000000', /^schema id 0: ids begin at 1$/],
  ['00ffffffff', /^schema id -1: ids begin at 1$/],
  ['000000000000000007', /^schema id 0: .*read as 8 bytes, as Apicurio.* it is 7: .*as-confluent=true/],
  ['0000000000ffffffff', /it is 4294967295/],
])('of the header %s is told %s', (header, told) => {
  const why = noSuchId(Buffer.from(header, 'hex'));
  if (told === undefined) expect(why).toBeUndefined();
  else expect(why).toMatch(told);
});
