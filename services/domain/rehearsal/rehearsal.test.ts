import { expect, test } from '@jest/globals';
import type { Connector } from '../connector/connector.ts';
import type { Made } from './rehearsal.ts';
import { makeOf, Rehearsal } from './rehearsal.ts';

const document = (fields: Record<string, unknown>): Made => ({ kind: 'document', document: fields });
const failed = (reason: string): Made => ({ kind: 'failed', reason });
const OUT: Made = { kind: 'outOfScope' };

function rehearse(...pairs: ReadonlyArray<readonly [Made, Made]>) {
  const rehearsal = new Rehearsal();
  for (const [index, [before, after]] of pairs.entries()) rehearsal.take(`r${index}`, before, after);
  return rehearsal.result;
}

test('differences are counted by field, deep ones by their path', () => {
  const result = rehearse(
    [document({ a: 1, b: { c: 1, d: 2 } }), document({ a: 1, b: { c: 9, e: 3 } })],
    [document({ a: 1, b: { c: 1 } }), document({ a: 1, b: { c: 8 } })],
    [document({ a: 1 }), document({ a: 1 })],
  );
  expect(result).toMatchObject({ records: 3, same: 1, different: 2, newlyFailing: 0 });
  expect(result.fields).toEqual([
    { field: 'b.c', added: 0, removed: 0, changed: 2 },
    { field: 'b.d', added: 0, removed: 1, changed: 0 },
    { field: 'b.e', added: 1, removed: 0, changed: 0 },
  ]);
});

test('what fails newly is told apart from what failed before and what is mended', () => {
  const result = rehearse(
    [document({ a: 1 }), failed('contract: a must be a string')],
    [document({ a: 2 }), failed('contract: a must be a string')],
    [failed('mapping: x'), failed('mapping: x')],
    [failed('mapping: x'), document({ a: 1 })],
  );
  expect(result).toMatchObject({ newlyFailing: 2, mended: 1, failing: { before: 2, after: 3 } });
  expect(result.newlyFailingReasons).toEqual([{ reason: 'contract: a must be a string', records: 2 }]);
});

test('records that come into scope or leave it are flips', () => {
  const result = rehearse([OUT, document({})], [document({}), OUT], [OUT, OUT]);
  expect(result).toMatchObject({ scopeFlips: { into: 1, outOf: 1 }, inScope: { before: 1, after: 1 }, same: 1 });
});

test('three samples are kept, of different kinds where there are', () => {
  const changed = [document({ a: 1 }), document({ a: 2 })] as const;
  const result = rehearse(changed, changed, changed, changed, [document({ a: 1 }), failed('x')], [OUT, document({})]);
  expect(result.samples.map(({ record }) => record).sort()).toEqual(['r0', 'r4', 'r5']);
});

test('who has nothing to change is shown what is made, and why the rest fails', () => {
  const same = (made: Made) => [made, made] as const;
  const result = rehearse(
    same(OUT),
    ...[1, 2, 3].map((a) => same(document({ a }))),
    same(failed('contract: a')),
    same(failed('contract: a')),
  );
  expect(result.unchanged).toEqual([
    { record: 'r1', made: document({ a: 1 }) },
    { record: 'r2', made: document({ a: 2 }) },
    { record: 'r4', made: failed('contract: a') },
  ]);
  expect(result.failingReasons).toEqual([{ reason: 'contract: a', records: 2 }]);
  expect(result.newlyFailingReasons).toEqual([]);
});

test('the reasons kept are bounded, however many there are', () => {
  const result = rehearse(...Array.from({ length: 100 }, (_, index) => [document({}), failed(`${index}`)] as const));
  expect(result.newlyFailing).toBe(100);
  expect(result.newlyFailingReasons).toHaveLength(21);
});

test('a withdrawn rule that is only alerted makes no document', () => {
  const connector = { inScope: () => true, onLeave: 'alert', source: { topic: 'rules', key: 'ruleId' } } as unknown;
  expect(makeOf(connector as Connector, { status: 'withdrawn' })).toEqual({ kind: 'withdrawn' });
});
