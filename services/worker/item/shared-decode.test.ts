import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import { expect, jest, test } from '@jest/globals';
import { SharedDecode } from './shared-decode.ts';

function open(readers: number) {
  const decode = jest.fn(
    (value: Buffer | null): Decoded =>
      value?.[0] === 0 ? { ok: true, record: { value } } : { ok: false, reason: 'decode', detail: '' },
  );
  const shared = new SharedDecode({ decode });
  for (let reader = 0; reader < readers; reader += 1) shared.addReader('rules');
  return { shared, decode };
}

const record = (offset: number, value: Buffer | null = Buffer.from([0, offset % 256])) =>
  ({ partition: 1, offset, value }) as GroupRecord;

test('two hundred partners of one topic cost one decode per record', () => {
  const { shared, decode } = open(200);
  const results = Array.from({ length: 200 }, () => shared.decode('rules', record(7)));
  expect(new Set(results).size).toBe(1);
  expect(decode).toHaveBeenCalledTimes(1);
});

test('a topic that was made again has other records at the same positions: they are decoded afresh', () => {
  const { shared, decode } = open(2);
  shared.decode('rules', record(7));
  const other = shared.decode('rules', record(7, Buffer.from([0, 99])));
  expect(other).toMatchObject({ ok: true, record: { value: Buffer.from([0, 99]) } });
  expect(decode).toHaveBeenCalledTimes(2);
});

test('what cannot be read, tombstones and the only reader of a topic go straight to the codec', () => {
  const { shared, decode } = open(2);
  for (let time = 0; time < 2; time += 1) {
    shared.decode('rules', record(1, Buffer.from([1])));
    shared.decode('rules', record(2, null));
  }
  expect(decode).toHaveBeenCalledTimes(4);
  const alone = open(1);
  for (let time = 0; time < 2; time += 1) alone.shared.decode('rules', record(1));
  expect(alone.decode).toHaveBeenCalledTimes(2);
});

test('a reader that is left alone goes straight to the codec again, and nothing is kept for it', () => {
  const { shared, decode } = open(2);
  shared.decode('rules', record(7));
  shared.removeReader('rules');
  shared.decode('rules', record(7));
  expect(decode).toHaveBeenCalledTimes(2);
  shared.addReader('rules');
  shared.decode('rules', record(7));
  expect(decode).toHaveBeenCalledTimes(3);
});

test('what is kept is bounded', () => {
  const { shared, decode } = open(2);
  for (let offset = 0; offset < 10_000; offset += 1) shared.decode('rules', record(offset));
  shared.decode('rules', record(0));
  expect(decode).toHaveBeenCalledTimes(10_001);
  const large = record(20_000, Buffer.alloc(16_385));
  for (let time = 0; time < 2; time += 1) shared.decode('rules', large);
  expect(decode).toHaveBeenCalledTimes(10_003);
});
