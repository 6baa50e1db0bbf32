import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isOriginal, LETTER_RECORD_MAX_BYTES, leaveOut, leftOutOf, writeFitting } from './left-out.ts';

function letter(key: Buffer | null, value: Buffer | null, headers: DeadLetter['headers'] = []): DeadLetter {
  return {
    partner: 'p',
    ruleId: 'r',
    version: 1,
    topic: 't',
    partition: 0,
    offset: 7,
    recordTimestamp: 1,
    parkedAt: 2,
    deliveryId: null,
    topicId: null,
    key,
    value,
    headers,
    reason: 'decode',
    detail: 'truncated',
    attempts: 0,
  };
}

test('what fits is whole; else the largest parts go, each whole, and can be told by their hashes', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)));
  const headers = fc.array(fc.record({ key: fc.string(), value: bytes }), { maxLength: 4 });
  fc.assert(
    fc.property(bytes, bytes, headers, fc.nat(500), (key, value, given, max) => {
      const whole = letter(key, value, given);
      const fitting = leaveOut(whole, max);
      const gone = leftOutOf(fitting);
      expect((fitting.key?.length ?? 0) + (fitting.value?.length ?? 0)).toBeLessThanOrEqual(
        gone.length === 0 ? Number.POSITIVE_INFINITY : max,
      );
      const parts = gone.map(({ part }) => part);
      expect(fitting.key).toBe(parts.includes('key') ? null : key);
      expect(fitting.value).toBe(parts.includes('value') ? null : value);
      expect(fitting.headers).toEqual(parts.includes('headers') ? [] : given);
      for (const one of gone)
        if (one.part !== 'headers') {
          expect([one.bytes, isOriginal(one, whole[one.part])]).toEqual([whole[one.part]?.length, true]);
          expect(isOriginal(one, Buffer.concat([whole[one.part] as Buffer, Buffer.from('x')]))).toBe(false);
        }
    }),
  );
});

test('a small key and small headers stay beside a value that is left out', () => {
  const headers = [{ key: 'h', value: Buffer.from('v') }];
  const fitting = leaveOut(letter(Buffer.from('k'), Buffer.alloc(3_000_000), headers), LETTER_RECORD_MAX_BYTES);
  expect(fitting).toMatchObject({ key: Buffer.from('k'), value: null, headers });
  expect(fitting.detail).toMatch(/^truncated; left out for its size: value of 3000000 bytes, SHA-256 [0-9a-f]{64}$/);
});

test('a text that speaks like a shortened letter beside the parts that it names is a text', () => {
  const { detail } = leaveOut(letter(null, Buffer.from('abc')), 0);
  expect(leftOutOf({ ...letter(null, Buffer.from('abc')), detail })).toEqual([]);
  for (const changed of [`${detail} `, detail.replace('value', 'title'), detail.slice(0, -1)])
    expect(leftOutOf({ ...letter(null, null), detail: changed })).toEqual([]);
});

describe('a letter that Kafka refuses', () => {
  const tooLarge = new Error('too large');
  const record = letter(Buffer.from('k'), Buffer.alloc(100_000), [{ key: 'h', value: Buffer.alloc(2_000) }]);
  /** A topic that takes so many bytes of a record. */
  const write = (max: number) => {
    const tried: DeadLetter[] = [];
    const take = async (one: DeadLetter) => {
      tried.push(one);
      const size = (one.value?.length ?? 0) + one.headers.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      if (size > max) throw tooLarge;
      return one;
    };
    return { tried, written: writeFitting(record, take, (error) => error === tooLarge) };
  };

  test.each([
    ['whole where it can be', 1_000_000, 1, []],
    ['without its value', 5_000, 2, ['value']],
    ['with nothing of its record, in the end', 100, 3, ['value', 'headers', 'key']],
  ])('is written %s', async (_, max, tries, gone) => {
    const { tried, written } = write(max);
    expect(leftOutOf(await written).map(({ part }) => part)).toEqual(gone);
    expect(tried).toHaveLength(tries);
  });

  test('for another reason is nobody’s to shorten', async () => {
    const away = new Error('closed');
    await expect(
      writeFitting(
        record,
        () => Promise.reject(away),
        () => false,
      ),
    ).rejects.toBe(away);
  });
});
