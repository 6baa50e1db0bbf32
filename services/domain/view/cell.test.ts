import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Acked, Cell, CellFacts, Expected, PartnerFacts } from './cell.ts';
import { CELL_STATES, isDrift, judgeCell } from './cell.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const PLACE = { topic: 'rules', partition: 0, topicId: 'log-1' };

const PARTNER: PartnerFacts = {
  onLeave: 'alert',
  versionsAreOffsets: false,
  connectorDigest: 'now',
  patienceMs: 2_000,
  isUnowned: false,
};
const EXPECTED: Expected = {
  ...PLACE,
  version: 5,
  offset: 50,
  publishedAtMs: NOW - MINUTE,
  isWithdrawn: false,
  isInScope: true,
};
const ACKED: Acked = {
  ...PLACE,
  version: 5,
  offset: 50,
  ackedAtMs: NOW - 59_000,
  isOver: false,
  connectorDigest: 'now',
};
const OLDER: Acked = { ...ACKED, version: 4, offset: 40 };
const TOLD_OVER: Acked = { ...ACKED, isOver: true };
const HELD = { sinceMs: NOW - 30_000, reason: 'connection refused' };
const LETTER = { parkedAtMs: NOW - 10_000, reason: 'status-422' };

type Change = Partial<Omit<CellFacts, 'partner' | 'expected'>> & {
  readonly partner?: Partial<PartnerFacts>;
  readonly expected?: Partial<Expected> | null;
};

function judge({ partner, expected, ...rest }: Change): Cell {
  return judgeCell({
    nowMs: NOW,
    acked: ACKED,
    letter: undefined,
    outOfStepSinceMs: undefined,
    isPassed: false,
    ...rest,
    partner: { ...PARTNER, ...partner },
    expected: expected === null ? undefined : { ...EXPECTED, ...expected },
  });
}

test.each<[string, Change, Cell['state'], RegExp]>([
  ['acked as it is', {}, 'inStep', /^acked$/],
  ['acked a newer one than expected', { acked: { ...ACKED, version: 6 } }, 'inStep', /acked/],
  ['published again in a lower version, and acked', { acked: { ...OLDER, offset: 50 } }, 'inStep', /^acked$/],
  ['published again in the same version, not acked yet', { acked: { ...ACKED, offset: 49 } }, 'behind', /turn/],
  [
    'published again in a lower version, not acked yet',
    { acked: { ...ACKED, version: 6, offset: 49 } },
    'behind',
    /turn/,
  ],
  [
    'of another place, where versions tell',
    { acked: { ...ACKED, topic: 'rules.latest', offset: 3 } },
    'inStep',
    /acked/,
  ],
  [
    'an older version in a log of which it is not known whether it is this one',
    { acked: { ...OLDER, topicId: null, offset: 900 } },
    'behind',
    /turn/,
  ],
  ['of a row without a connector digest', { acked: { ...ACKED, connectorDigest: null } }, 'inStep', /acked/],
  ['a record that has expired', { expected: null }, 'inStep', /expired/],
  ['facts that are too old', { partner: { unknown: { sinceMs: 1, what: 'rules' } } }, 'unknown', /rules/],
  ['made by another connector', { acked: { ...ACKED, connectorDigest: 'then' } }, 'mappingChanged', /replay/],
  ['in scope again, after it was told', { acked: TOLD_OVER }, 'mappingChanged', /over/],
  ['never acked, withdrawn', { acked: undefined, expected: { isWithdrawn: true } }, 'withdrawn', /never had/],
  ['told, withdrawn', { acked: TOLD_OVER, expected: { isWithdrawn: true } }, 'withdrawn', /was told/],
  ['never acked, out of scope', { acked: undefined, expected: { isInScope: false } }, 'outOfScope', /never had/],
  ['held as it is, withdrawn under alert', { acked: OLDER, expected: { isWithdrawn: true } }, 'notTold', /tell it/],
  [
    'left by a change of the connector',
    { partner: { onLeave: 'send' }, expected: { isInScope: false } },
    'notTold',
    /replay/,
  ],
  [
    'withdrawn under send, on its way',
    { acked: OLDER, partner: { onLeave: 'send' }, expected: { isWithdrawn: true, publishedAtMs: NOW - 5 } },
    'inFlight',
    /way/,
  ],
  [
    'withdrawn under send, held',
    { acked: OLDER, partner: { onLeave: 'send', held: HELD }, expected: { isWithdrawn: true } },
    'held',
    /connection refused/,
  ],
  [
    'left the scope of a stream',
    { acked: OLDER, partner: { onLeave: 'send', stream: { heardAtMs: NOW } }, expected: { isInScope: false } },
    'notTold',
    /its stream says nothing/,
  ],
  [
    'never in the scope of a stream',
    { acked: undefined, partner: { stream: { heardAtMs: NOW } }, expected: { isInScope: false } },
    'outOfScope',
    /none of its clients is known to have it/,
  ],
  [
    'withdrawn on a stream that says so, not fetched yet',
    { acked: OLDER, partner: { onLeave: 'send', stream: { heardAtMs: NOW } }, expected: { isWithdrawn: true } },
    'behind',
    /last said/,
  ],
  ['just published', { acked: OLDER, expected: { publishedAtMs: NOW - 1_999 } }, 'inFlight', /way/],
  ['tried just now', { acked: OLDER, attemptedAtMs: NOW - 100 }, 'inFlight', /way/],
  [
    'probed just now while it is held',
    { acked: OLDER, attemptedAtMs: NOW - 100, partner: { held: HELD } },
    'held',
    /refused/,
  ],
  ['parked just now', { acked: OLDER, letter: LETTER, attemptedAtMs: NOW - 100 }, 'deadLettered', /status-422/],
  [
    'published again and again while it is paused',
    {
      acked: OLDER,
      expected: { publishedAtMs: NOW - 100 },
      outOfStepSinceMs: NOW - MINUTE - 1,
      partner: { paused: { sinceMs: 1, by: 'ann@desk' } },
    },
    'paused',
    /ann@desk/,
  ],
  ['parked', { acked: OLDER, letter: LETTER, partner: { held: HELD } }, 'deadLettered', /status-422/],
  ['held', { acked: undefined, partner: { held: HELD, isUnowned: true } }, 'held', /since .*: connection refused/],
  ['paused', { acked: OLDER, partner: { paused: { sinceMs: 1, by: 'ann@desk' } } }, 'paused', /ann@desk/],
  ['nobody works for it', { acked: OLDER, partner: { isUnowned: true } }, 'unowned', /no worker/],
  [
    'a stream whose kiosk is off',
    { acked: OLDER, partner: { stream: { heardAtMs: 0 } } },
    'behind',
    /last said at 1970/,
  ],
  [
    'a stream without clients',
    { acked: undefined, partner: { stream: { heardAtMs: undefined } } },
    'behind',
    /none of/,
  ],
  ['passed and never acked', { acked: undefined, isPassed: true }, 'newConnector', /--current/],
  ['a dead letter that was dropped', { acked: undefined, isPassed: true, isDropped: true }, 'behind', /dropped/],
  ['waits', { acked: undefined }, 'behind', /turn/],
  ['passed without an ack of this version', { acked: OLDER, isPassed: true }, 'behind', /ess audit/],
  [
    'an offset of another log',
    { acked: { ...ACKED, version: 900, topicId: 'log-0' }, partner: { versionsAreOffsets: true } },
    'behind',
    /turn/,
  ],
  [
    'an offset of a log without an id',
    { acked: { ...ACKED, topicId: null }, partner: { versionsAreOffsets: true } },
    'inStep',
    /acked/,
  ],
])('%s', (_, change, state, why) => {
  const cell = judge(change);
  expect(cell.state).toBe(state);
  expect(cell.why).toMatch(why);
});

test('drift is everything but four states, and lasts since the first version that is missed', () => {
  expect(CELL_STATES.filter((state) => !isDrift(state))).toEqual(['outOfScope', 'withdrawn', 'inStep', 'inFlight']);
  expect(judge({ acked: OLDER, outOfStepSinceMs: NOW - 9 * MINUTE, partner: { held: HELD } }).sinceMs).toBe(
    NOW - 9 * MINUTE,
  );
  expect(judge({ acked: OLDER }).sinceMs).toBe(EXPECTED.publishedAtMs);
});

test('whatever is known: one state, a reason, a time that is not in the future, and never in step with less than is expected', () => {
  const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const past = fc.integer({ min: 0, max: NOW });
  const facts = fc.record({
    acked: sometimes(
      fc.record({
        version: fc.nat(9),
        ackedAtMs: past,
        isOver: fc.boolean(),
        digest: fc.constantFrom('now', 'then', null),
      }),
    ),
    expected: sometimes(
      fc.record({ version: fc.nat(9), publishedAtMs: past, isWithdrawn: fc.boolean(), isInScope: fc.boolean() }),
    ),
    letter: sometimes(fc.constant(LETTER)),
    isPassed: fc.boolean(),
    held: sometimes(fc.constant(HELD)),
    isUnowned: fc.boolean(),
    onLeave: fc.constantFrom('alert' as const, 'send' as const),
  });
  fc.assert(
    fc.property(facts, ({ acked, expected, letter, isPassed, held, isUnowned, onLeave }) => {
      const cell = judge({
        acked: acked && {
          ...ACKED,
          version: acked.version,
          offset: acked.version * 10,
          ackedAtMs: acked.ackedAtMs,
          isOver: acked.isOver,
          connectorDigest: acked.digest,
        },
        expected: expected ? { ...expected, offset: expected.version * 10 } : null,
        letter,
        isPassed,
        partner: { onLeave, isUnowned, ...(held && { held }) },
      });
      expect(CELL_STATES).toContain(cell.state);
      expect(cell.why).not.toBe('');
      expect(cell.sinceMs).toBeLessThanOrEqual(NOW);
      if (cell.state !== 'inStep' || !expected) return;
      expect(acked?.version).toBeGreaterThanOrEqual(expected.version);
      expect(acked?.isOver || expected.isWithdrawn || !expected.isInScope).toBe(false);
    }),
  );
});
