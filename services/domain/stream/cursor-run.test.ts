import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CursorReader, CursorSigner, MAX_CHARS } from './cursor.ts';
import { CursorRun } from './cursor-run.ts';

const OFFSET = fc.oneof(fc.nat(300), fc.nat(2 ** 20), fc.nat(2 ** 34), fc.nat(Number.MAX_SAFE_INTEGER));
const TIME = fc.oneof(fc.nat(2 ** 18), fc.nat(2 ** 47));

/** Steps through a topic: where one partition goes, what time it is, and of which log. */
const way = fc.record({
  secret: fc.string(),
  partner: fc.stringMatching(/^[a-z0-9-]{1,100}$/),
  start: fc.array(OFFSET, { minLength: 1, maxLength: 30 }),
  log: fc.option(fc.nat(2 ** 16 - 1), { nil: undefined }),
  steps: fc.array(
    fc.record({
      partition: fc.nat(),
      by: fc.oneof(fc.constant(1), fc.nat(200), fc.nat(2 ** 30)),
      timeMs: fc.option(TIME, { nil: undefined }),
      log: fc.option(fc.nat(2 ** 16 - 1), { nil: undefined, freq: 20 }),
    }),
    { maxLength: 40 },
  ),
});

type Way = typeof way extends fc.Arbitrary<infer Value> ? Value : never;

/** Its cursors as a run writes them, and as they are signed one by one. */
function cursors({ secret, partner, start, log: first, steps }: Way) {
  const signer = new CursorSigner(secret, partner);
  const run = new CursorRun(signer);
  const bytes = Buffer.alloc((steps.length + 1) * MAX_CHARS);
  const offsets = [...start];
  const expected: string[] = [];
  const places: Array<readonly [number, number]> = [];
  let [at, timeMs, log] = [0, 1_795_000_000_000, first];
  for (const step of [undefined, ...steps]) {
    if (step) {
      const partition = step.partition % offsets.length;
      offsets[partition] = Math.min(Number.MAX_SAFE_INTEGER, (offsets[partition] as number) + step.by);
      timeMs = step.timeMs ?? timeMs;
      log = step.log ?? log;
    }
    expected.push(signer.position(offsets, timeMs, log));
    const end = run.write(offsets, timeMs, log, bytes, at);
    places.push([at, end]);
    at = end;
  }
  run.sign(bytes);
  return { expected, written: places.map(([from, end]) => bytes.toString('latin1', from, end)) };
}

test('a run writes, byte for byte, the cursors that are signed one by one', () => {
  fc.assert(
    fc.property(way, (one) => {
      const { expected, written } = cursors(one);
      expect(written).toEqual(expected);
    }),
  );
});

test('runs that are written at the same time do not see each other', () => {
  const [one, other] = ['hospital', 'county-ems'].map((partner) => new CursorSigner('key', partner)) as [
    CursorSigner,
    CursorSigner,
  ];
  const [ours, theirs] = [new CursorRun(one), new CursorRun(other)];
  const bytes = [Buffer.alloc(MAX_CHARS), Buffer.alloc(MAX_CHARS)] as const;
  const ends = [ours.write([5, 6], 7, 8, bytes[0], 0), theirs.write([5, 6], 7, 8, bytes[1], 0)] as const;
  theirs.sign(bytes[1]);
  ours.sign(bytes[0]);
  expect(bytes[0].toString('latin1', 0, ends[0])).toBe(one.position([5, 6], 7, 8));
  expect(bytes[1].toString('latin1', 0, ends[1])).toBe(other.position([5, 6], 7, 8));
});

test('of a run, too, each cursor is refused when a byte is another, or the partner, and none can be made of two', () => {
  fc.assert(
    fc.property(way, fc.nat(), fc.nat(), fc.constantFrom(...'abcXYZ019._~-'), (one, index, place, character) => {
      const { written } = cursors(one);
      const cursor = written[index % written.length] as string;
      const reader = new CursorReader([one.secret], one.partner);
      expect(reader.read(cursor)).toBeDefined();
      expect(new CursorReader([one.secret], `${one.partner}x`).read(cursor)).toBeUndefined();
      const at = place % cursor.length;
      const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
      if (changed !== cursor) expect(reader.read(changed)).toBeUndefined();
      const other = written[place % written.length] as string;
      const spliced = cursor.slice(0, cursor.lastIndexOf('.')) + other.slice(other.lastIndexOf('.'));
      if (other !== cursor) expect(reader.read(spliced)).toBeUndefined();
    }),
  );
});
