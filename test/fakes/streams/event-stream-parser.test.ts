// What web-platform-tests check of the format (eventsource/format-*), here of the parser that judges the hub.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventStreamParser } from './event-stream-parser.ts';

function parse(text: string | Uint8Array, chunkBytes = Number.POSITIVE_INFINITY): EventStreamParser {
  const parser = new EventStreamParser();
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.feed(bytes.subarray(at, at + chunkBytes));
  return parser;
}

const data = (parser: EventStreamParser): string[] => parser.events.map((event) => event.data);

test.each<[name: string, text: string, events: string[]]>([
  ['one BOM at the beginning is dropped', '\uFEFFdata:1\n\ndata:2\n\n', ['1', '2']],
  ['a second BOM is part of the field name, and the field unknown', '\uFEFF\uFEFFdata:1\n\ndata:2\n\n', ['2']],
  ['comments dispatch nothing', `data:1\r:\0\n:\r\ndata:2\n:${'x'.repeat(2048)}\rdata:3\n\n`, ['1\n2\n3']],
  ['half an event at the end is discarded', 'data:test\n\ndata:lost', ['test']],
  ['data without colon is an empty line', 'data:\n\ndata\ndata\n\ndata:test\n\n', ['', '\n', 'test']],
  [
    'one space after the colon goes, more stay',
    'data:\ttest\rdata: \ndata:test\n\ndata:  x\n\n',
    ['\ttest\n\ntest', ' x'],
  ],
  ['field names are exact', 'data:\0\n data:2\rData:1\ndata\0:2\ndata:1\r\ndata : 4\n\n', ['\0\n1']],
  [
    'unknown fields are ignored',
    'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n',
    ['test\n'],
  ],
  ['CR, LF and CR LF all end lines', 'data:test\r\ndata\ndata:test\r\n\r\ndata:x\r\r', ['test\n\ntest', 'x']],
  ['NUL is data like any other', 'data:\0\n\n\n\n', ['\0']],
  ['UTF-8 whatever was declared', 'data:ok…\u{1F525}\n\n', ['ok…\u{1F525}']],
  ['line separators of Unicode end no line', 'data:a\u2028b\u2029c\u0085d\n\n', ['a\u2028b\u2029c\u0085d']],
])('%s', (_name, text, events) => {
  expect(data(parse(text))).toEqual(events);
});

test('the event type is of one event only, and empty means message', () => {
  const parser = parse('event:test\ndata:x\n\ndata:y\n\nevent:\ndata:z\n\n');
  expect(parser.events.map(({ type }) => type)).toEqual(['test', 'message', 'message']);
});

test('the id stays until another one, without data it moves in silence, empty it is reset', () => {
  const parser = parse('id:1\ndata:a\n\ndata:b\n\nid:2\n\nid\ndata:c\n\n');
  expect(parser.events.map(({ id }) => id)).toEqual(['1', '1', '']);
  expect(parser.silentIds).toBe(1);
});

test('the id of half an event does not count', () => {
  const parser = parse('id:1\ndata:a\n\nid:2\ndata:b\n');
  expect(parser.end()).toBe(true);
  expect(parser.lastEventId).toBe('1');
});

test('retry takes digits only', () => {
  expect(parse('retry:3000\n\n').retryMs).toBe(3000);
  for (const bogus of ['retry:3000\nretry:1000x\n\n', 'retry:3000\nretry\n\n', 'retry:3000\nretry: -1\n\n'])
    expect(parse(bogus)).toMatchObject({ retryMs: 3000, faults: [expect.stringContaining('retry')] });
});

test.each<[fault: string, text: string | Uint8Array]>([
  ['no client knows', 'datum: x\n\n'],
  ['with NUL', 'id: a\0b\ndata: x\n\n'],
  ['without a preflight', 'id: a b\ndata: x\n\n'],
  ['without a preflight', `id: ${'a'.repeat(129)}\ndata: x\n\n`],
  ['without an id', 'data: x\n\n'],
  ['two ids', 'id: a\nid: b\ndata: x\n\n'],
  ['without data', 'event: x\n\n'],
  ['not UTF-8', new Uint8Array([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a])],
])('a fault is seen: %s', (fault, text) => {
  expect(parse(text).faults.join()).toContain(fault);
});

test('a careful stream has no fault, and how it was cut into chunks changes nothing', () => {
  const careful =
    ': hello\n\nretry: 2000\nid: v1.a_~-\n\nid: v1.b\nevent: ess.gap\ndata: {"é":"🔥"}\n\nid: v1.c\r\ndata: 1\r\n\r\n';
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (chunkBytes) => {
      const parser = parse(careful, chunkBytes);
      expect(parser.faults).toEqual([]);
      expect(parser.events).toEqual([
        { type: 'ess.gap', data: '{"é":"🔥"}', id: 'v1.b' },
        { type: 'message', data: '1', id: 'v1.c' },
      ]);
      expect(parser.end()).toBe(false);
    }),
  );
});
