import { expect, test } from '@jest/globals';
import { stampFaults, unstamped } from './audit-stamp.ts';

const STAMP = { id: 's-1', approvedBy: 'board', approvedAt: 1_795_000_000_000, signature: null };

test.each<[string, unknown, string[]]>([
  ['a whole one', STAMP, []],
  ['one without a signature', { ...STAMP, signature: undefined }, []],
  ['a signed one', { ...STAMP, signature: 'ed25519:abc' }, []],
  ['none', null, ['']],
  ['a text', 'approved', ['']],
  ['an empty one', {}, ['id', 'approvedBy', 'approvedAt']],
  ['a blank id', { ...STAMP, id: '  ' }, ['id']],
  ['an id without end', { ...STAMP, id: 'x'.repeat(1_025) }, ['id']],
  ['nobody', { ...STAMP, approvedBy: '' }, ['approvedBy']],
  ['no time', { ...STAMP, approvedAt: 0 }, ['approvedAt']],
  ['a time beyond the calendar', { ...STAMP, approvedAt: 9e15 }, ['approvedAt']],
  ['a time as text', { ...STAMP, approvedAt: '2026-11-24' }, ['approvedAt']],
  ['an empty signature', { ...STAMP, signature: '' }, ['signature']],
])('%s', (_, stamp, fields) => {
  expect(stampFaults(stamp).map(({ field }) => field)).toEqual(fields);
});

test('a rule without a stamp is nothing for a partner that asks for it; what has no such field is not judged', () => {
  expect(unstamped({ ruleId: 'r', auditStamp: null })).toMatch(/^auditStamp must be the stamp of governance/);
  expect(unstamped({ auditStamp: { ...STAMP, approvedBy: '' } })).toMatch(/^auditStamp.approvedBy must be a text/);
  expect(unstamped({ auditStamp: STAMP })).toBeUndefined();
  expect(unstamped({ ruleId: 'r' })).toBeUndefined();
});
