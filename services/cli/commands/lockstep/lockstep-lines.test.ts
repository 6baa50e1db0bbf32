import { CELL_STATES } from '@ess/domain/view/cell.ts';
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import { shownOf } from '@ess/view/answer.ts';
import { expect, test } from '@jest/globals';
import { hasDrift, isNobodysRule, momentOf } from './lockstep-asked.ts';
import { lockstepLines } from './lockstep-lines.ts';

const NOW_MS = Date.parse('2026-11-24T10:00:00Z');
const at = new Date(NOW_MS).toISOString();
const byState = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<
  (typeof CELL_STATES)[number],
  number
>;
const totals = (partner: string, drifting: number) => ({
  ...{
    partner,
    inStep: 1,
    drifting,
    byState,
    oldestDriftSeconds: drifting > 0 ? 60 : null,
    oldestWaitingSeconds: null,
  },
  inStepSince: null,
});
const cell = (partner: string, ruleId: string, state: 'held' | 'inStep') => ({
  ...{ partner, ruleId, state, expected: 2, acked: 1, since: at, why: '' },
});
const ANSWER: LockstepAnswer = {
  at,
  readTo: {},
  partners: [totals('clinic', 0), totals('hospital', 1)],
  cells: [cell('clinic', 'a', 'inStep'), cell('hospital', 'a', 'inStep'), cell('hospital', 'b', 'held')],
};
const asked = (question: Question = {}, leftOut: readonly string[] = [], judged = 2) => ({ question, judged, leftOut });

test('--drifted shows partners that drift and their rules alone, in text and as JSON', () => {
  const shown = shownOf(ANSWER, { drifted: true });
  expect(shown.partners.map(({ partner }) => partner)).toEqual(['hospital']);
  expect(shown.cells.map(({ partner, ruleId }) => `${partner} ${ruleId}`)).toEqual(['hospital a', 'hospital b']);
  expect(lockstepLines(shown, asked({ drifted: true })).join('\n')).not.toContain('clinic');
  expect(shownOf(ANSWER, {})).toEqual(ANSWER);
});

test('nothing drifts is said only where somebody was judged', () => {
  const none = { ...ANSWER, partners: [], cells: [], notKnown: ['kiosk is left out'] };
  expect(lockstepLines(none, asked({ drifted: true }))).toEqual(['nothing drifts', '', 'kiosk is left out']);
  expect(lockstepLines(none, asked({}, ['kiosk'], 0))).toEqual(['no partner can be judged', '', 'kiosk is left out']);
});

test('what is shown decides whether anything drifts, and who is left out counts', () => {
  const ofA = { ...ANSWER, cells: ANSWER.cells.filter(({ ruleId }) => ruleId === 'a') };
  expect(hasDrift(ANSWER, asked())).toBe(true);
  expect(hasDrift(ofA, asked({ rule: 'a' }))).toBe(false);
  expect(hasDrift(ofA, asked({ rule: 'a' }, ['clinic']))).toBe(true);
});

test('a rule that nobody has is told', () => {
  const nobodys = { ...ANSWER, cells: [] };
  expect(isNobodysRule(nobodys, asked({ rule: 'typo' }))).toBe(true);
  expect(isNobodysRule(nobodys, asked())).toBe(false);
  expect(isNobodysRule(ANSWER, asked({ rule: 'a' }))).toBe(false);
  expect(lockstepLines(nobodys, asked({ rule: 'typo' }))).toEqual(['no partner and no source has a rule typo']);
});

test('a time that is to come, and options that exclude each other, are refused', () => {
  expect(momentOf({}, NOW_MS)).toBeUndefined();
  expect(momentOf({ at: '90m', failOnDrift: true }, NOW_MS)).toBe(NOW_MS - 5_400_000);
  expect(() => momentOf({ at: '2026-11-24T10:01Z' }, NOW_MS)).toThrow(/--at "2026-11-24T10:01Z".*2026-11-24T10:00:00/);
  expect(() => momentOf({ watch: true, failOnDrift: true }, NOW_MS)).toThrow(/--fail-on-drift/);
  expect(() => momentOf({ watch: 1, at: '90m' }, NOW_MS)).toThrow(/--at what was/);
});
