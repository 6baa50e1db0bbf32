import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { describe, expect, test } from '@jest/globals';
import type { ItemFields } from './item.ts';
import { makeItem } from './item.ts';

const RULES: ItemFields = { topic: 'rules', key: 'ruleId', version: 'version' };
const BROKEN: Decoded = { ok: false, reason: 'decode', detail: 'truncated' };

function record(key: string | null, offset = 42): GroupRecord {
  const value = Buffer.from('original');
  return {
    partition: 3,
    offset,
    key: key === null ? null : Buffer.from(key),
    value,
    timestampMs: 5_000,
    bytes: 8,
    headers: {},
  };
}
const decoded = (value: object): Decoded => ({ ok: true, record: value as Record<string, unknown> });

test('a rule has its id as lane, its version, event id and times', () => {
  const rule = makeRule('r-1', 7, { publishedAt: 4_000, eventId: 'e-1' });
  expect(makeItem(record('other'), decoded(rule), RULES, 'id-1', 2)).toMatchObject({
    ...{ partition: 3, offset: 42, key: 'r-1', ruleId: 'r-1', version: 7, eventId: 'e-1', publishedAtMs: 4_000 },
    ...{ deliveryId: 'id-1', attempts: 2, probes: 0 },
  });
});

describe('the lane of a record', () => {
  test('that cannot be read is its key, so that it keeps its place among the versions of its rule', () => {
    expect(makeItem(record('r-1'), BROKEN, RULES, 'id', 0)).toMatchObject({
      ...{ key: 'r-1', ruleId: 'r-1', version: null, eventId: null, publishedAtMs: 5_000 },
    });
  });

  test('that cannot be read and has no key is its own', () => {
    const [one, two] = [1, 2].map((offset) => makeItem(record(null, offset), BROKEN, RULES, 'id', 0));
    expect(one!.key).not.toBe(two!.key);
    expect(one!.ruleId).toBeNull();
  });

  test('of another topic is the key field that the connector names, also deep and as a number', () => {
    const fields = { topic: 't', key: 'meta.id' };
    expect(makeItem(record('k'), decoded({ meta: { id: 12 } }), fields, 'id', 0).key).toBe('12');
    for (const value of [{}, { meta: null }, { meta: 'text' }, { meta: { id: { deep: 1 } } }])
      expect(makeItem(record('k'), decoded(value), fields, 'id', 0).key).toBe('k');
  });
});

test('without a version field the offset orders versions; a version that is no number is not made up', () => {
  expect(makeItem(record('k'), decoded({}), { topic: 't' }, 'id', 0).version).toBe(42);
  expect(makeItem(record('k'), decoded({ version: 'v7' }), RULES, 'id', 0).version).toBeNull();
});

describe('an id that is too long to be written down', () => {
  const long = 'x'.repeat(1_025);
  const short = /^x{64}\.\.\.sha256:[0-9a-f]{16}$/;

  test('makes the record one that cannot be delivered, in the lane of its rule where that is known', () => {
    const key = makeItem(record(long), decoded(makeRule('r-1', 7)), RULES, 'id', 0);
    expect(key).toMatchObject({ key: 'r-1', ruleId: 'r-1', version: 7, decoded: { ok: false, reason: 'decode' } });
    const event = makeItem(record('k'), decoded(makeRule('r-1', 7, { eventId: long })), RULES, 'id', 0);
    expect(event).toMatchObject({ key: 'r-1', decoded: { ok: false }, eventId: expect.stringMatching(short) });
  });

  test('is cut wherever it would be written, and is one lane', () => {
    const named = [record('k', 1), record(long, 2)].map((one, index) =>
      makeItem(one, index === 0 ? decoded(makeRule(long, 1)) : BROKEN, RULES, 'id', 0),
    );
    for (const item of named)
      expect(item).toMatchObject({ key: expect.stringMatching(short), decoded: { ok: false, reason: 'decode' } });
    expect(new Set(named.map(({ key, ruleId }) => `${key} ${ruleId}`)).size).toBe(1);
    expect(named[0]?.decoded).toMatchObject({ detail: expect.stringContaining('the rule id is 1025 bytes long') });
  });
});

test('the original record stays at hand for a dead letter', () => {
  const original = record('k');
  expect(makeItem(original, BROKEN, RULES, 'id', 0).record).toBe(original);
});

test('a version is exact, also where no number is', () => {
  const version = 9_007_199_254_740_993n;
  expect(makeItem(record('k'), decoded({ version }), RULES, 'id', 0).version).toBe(version);
  const last = Number.MAX_SAFE_INTEGER;
  expect(makeItem(record('k'), decoded({ version: last }), RULES, 'id', 0).version).toBe(last);
});

test('a version or time that is no whole number is left out: it could not be written into an audit row', () => {
  const item = makeItem(record('k'), decoded({ version: 1.5, publishedAt: Number.NaN }), RULES, 'id', 0);
  expect(item.version).toBeNull();
  expect(Number.isSafeInteger(item.publishedAtMs)).toBe(true);
});
