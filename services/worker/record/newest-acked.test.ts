import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import { describe, expect, test } from '@jest/globals';
import { NewestAcked } from './newest-acked.ts';

const inLog = (topicId: string | null, version: number) => ({ ...at(version), topicId });
const at = (version: number) => ({ version, topic: 'rules', partition: 0, offset: version * 10 });

test('an older version does not go before a newer one; the same one again is news', () => {
  const newest = new NewestAcked();
  newest.begin();
  newest.raise('r', at(3));
  expect([
    newest.raise('r', at(2)),
    newest.raise('r', at(3)),
    newest.raise('r', at(4)),
    newest.raise('r', at(3)),
  ]).toEqual([false, true, true, false]);
  expect(newest.versions.get('r')).toEqual(at(4));
});

test('without a replay nothing is compared: live versions come in order', () => {
  const newest = new NewestAcked();
  expect([newest.raise('r', at(3)), newest.raise('r', at(2))]).toEqual([true, true]);
  expect(newest.versions.size).toBe(0);
});

test('what one replay knew is not compared with after its end, nor by the next one', () => {
  const newest = new NewestAcked();
  newest.begin();
  newest.raise('r', at(3));
  newest.forget();
  expect([newest.raise('r', at(2)), newest.versions.size]).toEqual([true, 0]);
  newest.begin();
  expect([newest.raise('r', at(1)), newest.versions.get('r')]).toEqual([true, at(1)]);
});

test.each([
  ['an older version', 'a', 3, true, true],
  ['the same version', 'a', 5, true, true],
  ['a newer version', 'a', 6, false, false],
  ['an older version of another log', 'b', 3, true, false],
  ['an older version, no log is known now', null, 3, true, false],
])(
  'version 5 was acked in log a; %s is covered as a name, and as an offset where the log is the same',
  (_, log, version, asName, asOffset) => {
    const newest = new NewestAcked();
    newest.begin();
    newest.raise('r', inLog('a', 5));
    const asked = inLog(log, version);
    expect([newest.covers('r', asked, false), newest.covers('r', asked, true)]).toEqual([asName, asOffset]);
    expect(newest.covers('other', asked, false)).toBe(false);
  },
);

test('an offset of another log takes the place of a larger one; without logs, and as a name, it does not', () => {
  const raised = (before: string | null, now: string | null, isOffset: boolean) => {
    const newest = new NewestAcked();
    newest.begin();
    newest.raise('r', inLog(before, 5), isOffset);
    return newest.raise('r', inLog(now, 1), isOffset);
  };
  expect([raised('a', 'b', true), raised('a', 'a', true), raised(null, 'b', true), raised('a', 'b', false)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

describe('a record without a version goes by its place in the log', () => {
  const without = (topicId: string | null, offset: number) => ({ ...inLog(topicId, NO_VERSION), offset });
  const knowing = (acked: PlacedVersion) => {
    const newest = new NewestAcked();
    newest.begin();
    newest.raise('r', acked);
    return newest;
  };

  test.each([
    ['before the acked one', without('a', 40), true],
    ['behind it', without('a', 60), false],
    ['of another log', without('b', 40), false],
    ['while no log is known', without(null, 40), false],
  ])('version 5 was acked at offset 50; one %s', (_, asked, isCovered) => {
    expect(knowing(inLog('a', 5)).covers('r', asked, false)).toBe(isCovered);
  });

  test('was acked at offset 6: versions behind it are news, those before it are not', () => {
    const newest = knowing(without('a', 6));
    const at = (version: number, offset: number) => newest.covers('r', { ...inLog('a', version), offset }, false);
    expect([at(1, 7), at(9, 8), at(1, 2)]).toEqual([false, false, true]);
    expect([newest.raise('r', { ...inLog('a', 7), offset: 2 }), newest.raise('r', inLog('a', 1))]).toEqual([
      false,
      true,
    ]);
    expect(newest.raise('r', without('a', 6))).toBe(false);
  });
});
