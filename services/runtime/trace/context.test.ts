import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundedState, childOf, readTrace, spanIdIn, traceIdIn, traceparentOf, unsampledTrace } from './context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe('traceparent', () => {
  test('is read as text, as the bytes of a record, and in a later version too', () => {
    const read = { traceId: TRACE, spanId: SPAN, sampled: true };
    for (const header of [PARENT, Buffer.from(PARENT), PARENT.replace(/^00/, 'cc'), `cc-${TRACE}-${SPAN}-01-more`])
      expect(readTrace(header)).toEqual(read);
    expect(readTrace(PARENT.replace(/01$/, '02'))).toEqual({ ...read, sampled: false });
  });

  test.each([
    undefined,
    null,
    '',
    'nonsense',
    PARENT.toUpperCase(),
    PARENT.replace(/^00/, 'ff'),
    `${PARENT}-x`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
  ])('%j is none, and its tracestate counts for nothing', (header) => {
    expect(readTrace(header, 'a=1')).toBeUndefined();
  });

  test('two of them are none', () => {
    expect(readTrace([PARENT, PARENT])).toBeUndefined();
  });

  test('a span of ours is of the same trace, another span, and as sampled as its publisher has it', () => {
    for (const flags of ['00', '01']) {
      const context = readTrace(`00-${TRACE}-${SPAN}-${flags}`);
      if (!context) throw new Error('it was read');
      expect(traceparentOf(context)).toBe(`00-${TRACE}-${SPAN}-${flags}`);
      const child = childOf(context);
      expect(child).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-${flags}$`));
      expect([traceIdIn(child), spanIdIn(child) === SPAN]).toEqual([TRACE, false]);
    }
  });

  test('a trace that nobody records is not marked sampled, and no two are one', () => {
    const traces = Array.from({ length: 1_000 }, unsampledTrace);
    for (const one of traces) expect(one).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(new Set(traces.map(traceIdIn)).size).toBe(traces.length);
  });
});

describe('tracestate', () => {
  test('is handed on as it came, without blanks and empty members, from several headers too', () => {
    expect(boundedState('rojo=00f067aa0ba902b7, congo=t61rcWkgMzE ,,tenant@vendor=a b')).toBe(
      'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,tenant@vendor=a b',
    );
    expect(readTrace(PARENT, ['a=1', Buffer.from('b=2')])?.state).toBe('a=1,b=2');
    expect(readTrace(PARENT, null)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  });

  test.each(['', ',', 'a', 'A=1', 'a=1,a=2', 'a=\n', 'a=1=2', `a=${'x'.repeat(257)}`, 'x=1,'.repeat(33), 'a=é'])(
    '%j is none at all',
    (text) => {
      expect(boundedState(text)).toBeUndefined();
    },
  );

  test('beyond 512 characters long members go first, then the oldest', () => {
    const short = Array.from({ length: 20 }, (_, index) => `k${index}=${'v'.repeat(16)}`);
    const long = `long=${'x'.repeat(200)}`;
    expect(boundedState([long, ...short].join())).toBe(short.join());
    const many = Array.from({ length: 30 }, (_, index) => `k${index}=${'v'.repeat(30)}`);
    const kept = boundedState(many.join()) ?? '';
    expect(many.join().startsWith(`${kept},`)).toBe(true);
    expect(kept.length).toBeLessThanOrEqual(512);
  });

  test('whatever came, what goes on is bounded and can be sent as a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 1_000 }), (text) => {
        const state = readTrace(PARENT, text)?.state ?? '';
        expect(state).toMatch(/^[\x20-\x7e]{0,512}$/);
      }),
    );
  });
});
