import { expect, test } from '@jest/globals';
import type { Reach } from '../facts/overview.ts';
import { clock, reachWords } from './words.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const since = '2026-11-29T09:30:00.000Z';

test.each<[string, Reach | null, string]>([
  ['not known', null, 'not known yet'],
  [
    'cut by retention',
    { since, isCut: true, keptSeconds: 604_800 },
    `2 h 30 min, to ${clock(since, NOW)}; kept 7 d 0 h`,
  ],
  ['whole', { since, isCut: false, keptSeconds: null }, `2 h 30 min, to ${clock(since, NOW)}, where the topic begins`],
  ['beyond the calendar', { since: '1e18 ms (…)', isCut: true, keptSeconds: 60 }, 'to 1e18 ms (…); kept 1 min'],
  ['empty', { since: null, isCut: true, keptSeconds: 60 }, 'nothing to replay; kept 1 min'],
])('a replay window that is %s', (_how, reach, words) => expect(reachWords(reach, NOW)).toBe(words));
