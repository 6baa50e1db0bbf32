// The judge of stream histories finds each fault that it is there to find.
import { CursorSigner } from '@ess/domain/stream/cursor.ts';
import { expect, test } from '@jest/globals';
import type { StreamEvent } from '../fakes/streams/event-stream-parser.ts';
import { CURSOR_KEY } from '../harness/programs/stream-line.ts';
import type { PublishedRecord } from './stream-history.ts';
import { judgeHistory } from './stream-history.ts';

const partner = { name: 'hospital', scope: 'Hospital', key: '', hash: '' };
const signer = new CursorSigner(CURSOR_KEY, partner.name);
const published: PublishedRecord[] = [0, 1, 2, 3].map((offset) => ({
  partition: 0,
  offset,
  ruleId: 'r',
  version: offset,
  scope: offset === 2 ? 'Species' : 'Hospital',
}));
const seen = (version: number, next = version + 1): StreamEvent => ({
  type: 'message',
  data: JSON.stringify({ version }),
  id: signer.position([next], 0),
});
const gap = (from: number | null, to: number): StreamEvent => ({
  type: 'ess.gap',
  data: JSON.stringify({ lost: [{ partition: 0, from, to }] }),
  id: signer.position([to], 0),
});
const judge = (events: readonly StreamEvent[], expired = 0, faults: readonly string[] = []) =>
  judgeHistory({ partner, events, faults }, published, [expired]);

test('a whole history, and one with an exact gap, are good', () => {
  expect(judge([seen(0), seen(1), seen(3)])).toEqual([]);
  expect(judge([seen(0), gap(1, 3), seen(3)], 3)).toEqual([]);
  expect(
    judge([seen(0), seen(1), seen(3)], 0, [
      'an event without an id cannot be resumed from: "{\\"reason\\":\\"drain\\"}"',
    ]),
  ).toEqual([]);
});

test.each<[string, readonly StreamEvent[], number, string]>([
  ['missing', [seen(0), seen(3)], 0, 'version 1 (0/1): 0 times, and in 0 gaps'],
  ['twice', [seen(0), seen(1), seen(1), seen(3)], 0, 'version 1 (0/1): 2 times'],
  ['out of order', [seen(1), seen(0), seen(3)], 0, 'version 0: out of order'],
  ['of another scope', [seen(0), seen(1), seen(2), seen(3)], 0, 'version 2 is none of its business'],
  ['an id that skips', [seen(0), seen(1, 3), seen(3)], 0, 'its id is not the position after it'],
  ['a gap that is too wide', [seen(0), gap(0, 3), seen(3)], 3, 'gap of partition 0 from 0 to 3 was at 1'],
  ['a gap over what was there', [seen(0), gap(1, 3), seen(3)], 2, 'retention took only what is before 2'],
  ['a gap of unknown beginning', [seen(0), gap(null, 3), seen(3)], 3, 'from null to 3'],
  ['silent about a loss', [seen(0), seen(3)], 3, 'version 1 (0/1): 0 times, and in 0 gaps'],
])('found: %s', (_name, events, expired, fault) => {
  expect(judge(events, expired).join('\n')).toContain(fault);
});
