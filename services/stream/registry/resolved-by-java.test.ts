// Four hundred random pairs of schemas, and records that Java has written with one and read as the other (test/java-avro): what it
// reads we read, to the last digit, and what it refuses we refuse. Java got the schemas without namespaces: its reader compares
// full names of enums and fixed, and looks for aliases of fields by them, where the specification has unqualified names.
import { readFileSync } from 'node:fs';
import { mismatchText, resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { parseExact, shortestFloat } from '@ess/domain/text/exact-number.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BoundedReader } from './bounded-avro.ts';

interface Line {
  /** By SchemaCompatibility, which knows of no record that holds another branch. */
  readonly compatible: boolean;
  readonly writer: unknown;
  readonly reader: unknown;
  readonly records: ReadonlyArray<{
    /** Base64. */
    readonly bytes: string;
    /** Numbers as `i:5`, `f:0.1`, `d:0.1`, texts as `s:a`, bytes as `b:` and hex; absent: Java refuses it. */
    readonly reads?: unknown;
  }>;
}

const DATA = new URL('../../../test/java-avro/resolution.jsonl', import.meta.url);
const LINES = readFileSync(DATA, 'utf8')
  .trim()
  .split('\n')
  .map((line) => parseExact(line) as Line);
const READ = LINES.flatMap(({ records, ...pair }) =>
  records.flatMap(({ bytes, reads }) => (reads === undefined ? [] : [{ pair, bytes: Buffer.from(bytes, 'base64') }])),
);

function read({ writer, reader }: Pick<Line, 'writer' | 'reader'>, bytes: Buffer, from = 0): unknown {
  const plan = resolveAvro(parseAvro([reader]), parseAvro([writer]));
  if (plan.kind === 'mismatch') throw new Error(mismatchText(plan));
  return new BoundedReader(plan).read(bytes, from);
}

/** Java does not look at names of records; the specification has it that they have to be the same, or an alias. */
const OTHER_RECORD = /\bis \S*\bR\d+\w* where \S*\bR\d+\w* is wanted$/;

/** What was read in Java's notation. */
function asJava(ours: unknown, java: unknown): unknown {
  if (typeof ours === 'string') return `s:${ours}`;
  if (typeof ours === 'number' || typeof ours === 'bigint') return isSame(ours, String(java)) ? java : `i:${ours}`;
  if (Buffer.isBuffer(ours)) return `b:${ours.toString('hex')}`;
  if (Array.isArray(ours)) return ours.map((item, index) => asJava(item, (java as unknown[])?.[index]));
  if (typeof ours !== 'object' || ours === null) return ours;
  return Object.fromEntries(Object.entries(ours).map(([key, value]) => [key, asJava(value, Object(java)[key])]));
}

function isSame(ours: number | bigint, java: string): boolean {
  const number = Number(java.slice(2));
  const float = Math.fround(number);
  if (java.startsWith('f:')) return Object.is(ours, float) || Object.is(ours, shortestFloat(float));
  return java.startsWith('d:') ? Object.is(ours, number) : `i:${ours}` === java;
}

test('what Java reads is read the same, and what it refuses is refused', () => {
  const tally = { read: 0, refused: 0, ofAnotherName: 0 };
  for (const [index, { records, compatible, ...pair }] of LINES.entries())
    for (const { bytes, reads } of records) {
      const at = `line ${index + 1}`;
      let ours: unknown;
      try {
        ours = read(pair, Buffer.from(bytes, 'base64'));
      } catch (error) {
        const detail = (error as Error).message;
        if (reads !== undefined)
          expect([at, compatible, detail]).toEqual([at, false, expect.stringMatching(OTHER_RECORD)]);
        tally[reads === undefined ? 'refused' : 'ofAnotherName'] += 1;
        continue;
      }
      expect([at, asJava(ours, reads)]).toEqual([at, reads]);
      tally.read += 1;
    }
  // Each kind is in the data: nothing passes for want of it.
  expect(tally).toEqual({
    read: READ.length - tally.ofAnotherName,
    refused: expect.any(Number),
    ofAnotherName: expect.any(Number),
  });
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(0);
});

test('property: a record is all of its bytes, wherever they begin: less or more is refused', () => {
  const piece = fc.uint8Array({ minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.constantFrom(...READ), fc.nat(), piece, ({ pair, bytes }, cut, more) => {
      const whole = outcome(() => read(pair, bytes));
      expect(outcome(() => read(pair, Buffer.concat([more, bytes]), more.length))).toEqual(whole);
      expect(() => read(pair, Buffer.concat([bytes, more]))).toThrow();
      if (bytes.length > 0) expect(() => read(pair, bytes.subarray(0, cut % bytes.length))).toThrow();
    }),
  );
});

test('property: the namespace of what is read changes nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...READ), fc.constantFrom('z', 'a', 'b.$c'), ({ pair, bytes }, namespace) => {
      const moved = JSON.stringify(pair.reader)
        .replaceAll(/"namespace":"[^"]*"/g, () => `"namespace":"${namespace}"`)
        .replaceAll(/"(?:a|a\.b|x\$y)\.(\w+)"/g, (_, name) => `"${namespace}.${name}"`);
      const elsewhere = { ...pair, reader: parseExact(moved) };
      expect(outcome(() => read(elsewhere, bytes))).toEqual(outcome(() => read(pair, bytes)));
    }),
  );
});

const outcome = (reading: () => unknown): unknown => {
  try {
    return reading();
  } catch {
    return 'refused';
  }
};
