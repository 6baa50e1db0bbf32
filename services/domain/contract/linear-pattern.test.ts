import { expect, test } from '@jest/globals';
import { compilePattern } from './linear-pattern.ts';
import { PatternRefused } from './pattern-syntax.ts';

const PATTERNS = [
  ...[
    '^a$',
    '.',
    '^.$',
    '\\d+',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '^\\S$',
    '[\\s]',
    '[^\\s\\d]',
    '[]',
    '[^]',
    '[[:alpha:]',
    '[\\]]',
  ],
  ...['[a\\-z]', '[a-]', '[-a]', '\\u0041', '\\u{1F600}', '\\uD83D\\uDE00', '\\uD83D', '[\\uD83D\\uDE00-\\u{1F64F}]'],
  ...[
    '\\x41',
    '\\cJ',
    '\\0',
    '\\t\\n\\v\\f\\r',
    '[\\b]',
    '\\bfoo\\b',
    '\\Boo',
    '(?:ab)+',
    '(ab)+c',
    '(?<n>ab)c',
    'a|b|',
    'a??b',
  ],
  ...[
    'a{2}',
    'a{2,}?',
    'a{2,3}',
    '^.{1,2000}$',
    '^(?:ab){3,250}c$',
    'a{150}',
    '^a{1200,}?$',
    '\\p{L}',
    '\\P{L}',
    '\\p{Script=Greek}',
  ],
  ...[
    '\\p{Emoji}',
    '\\p{Cs}',
    '\\P{Cs}',
    '[\\p{L}\\d_]',
    '[^\\p{L}]',
    '\\/',
    '\\.',
    '\\$',
    '^$',
    '$a',
    '\\{\\}',
    '[à-ÿ]',
    '😀+',
    '[😀-😅]',
  ],
  ...[
    '^[A-Z]{2}-\\d{4}$',
    '(?:)',
    'x*',
    '[\\x00-\\x1f]',
    '(a|)b',
    '^(a|ab)(c|bcd)$',
    '^[\\w.-]+@[a-z\\d-]+(?:\\.[a-z]{2,})+$',
  ],
];
const TEXTS = [
  ...[
    '',
    'a',
    'A',
    'b',
    'ab',
    'aab',
    'abc',
    'foo',
    'a foo b',
    'boo',
    '\n',
    '\r',
    '\u2028',
    '\u2029',
    '\u00a0',
    '\ufeff',
    '\v',
    '\f',
    '\t',
    '\b',
  ],
  ...[
    '\0',
    '\x01',
    '0',
    '9',
    '_',
    '-',
    ']',
    '[',
    ':',
    'é',
    'ÿ',
    'α',
    'я',
    '😀',
    '😅',
    '\ud83d',
    '\ude00',
    '\ud800',
    'a\n',
    '\na',
    'aa',
    'aaa',
  ],
  ...[
    'x'.repeat(2000),
    'x'.repeat(2001),
    `${'ab'.repeat(3)}c`,
    `${'ab'.repeat(250)}c`,
    `${'ab'.repeat(251)}c`,
    'a'.repeat(149),
    'a'.repeat(1500),
  ],
  ...[
    'AB-1234',
    'AB-1234\n',
    '/',
    '.',
    '$',
    '{}',
    'acbcd',
    'abcd',
    '\u1680',
    '\u2003',
    '\u3000',
    '\u{10FFFF}',
    '\u0378',
    'a.b-c@x-1.org',
  ],
];

test.each(PATTERNS)('%s finds what JavaScript finds', (source) => {
  const expected = new RegExp(source, 'u');
  const pattern = compilePattern(source);
  for (const text of TEXTS) expect([text, pattern.test(text)]).toEqual([text, expected.test(text)]);
});

test('\\s is every space of this JavaScript, and no other character', () => {
  const pattern = compilePattern('^\\s$');
  const differs: number[] = [];
  for (let code = 0; code <= 0xffff; code += 1) {
    const text = String.fromCharCode(code);
    if (/^\s$/u.test(text) !== pattern.test(text)) differs.push(code);
  }
  expect(differs).toEqual([]);
});

test.each([
  ['(?=a)b', 'looks ahead'],
  ['a(?!b)', 'looks ahead'],
  ['(?<=a)b', 'behind with "(?<="'],
  ['(?<!a)b', 'behind with "(?<!"'],
  ['(a)\\1', 'refers back'],
  ['(?<n>a)\\k<n>', 'refers back'],
  ['(?i:a)', 'changes its flags'],
  ['(', 'is no pattern'],
  ['\\Q', 'is no pattern'],
  ['a{1,1001}', 'is too large'],
  ['(?:a{1,500}){1,500}', 'is too large'],
  ['(?:a{1,30}){1,30}'.repeat(3), 'is a program of'],
  [`^(?:${'word|'.repeat(3_000)})$`, 'has 15006 characters'],
])('pattern %# is refused with a remedy', (source, message) => {
  const refused = expect.objectContaining({
    message: expect.stringContaining(message),
    remedy: expect.stringMatching(/./),
  });
  expect(() => compilePattern(source)).toThrow(PatternRefused);
  expect(() => compilePattern(source)).toThrow(refused);
});
