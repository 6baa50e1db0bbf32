import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable, printableLines } from './printable.ts';

const HOSTILE: ReadonlyArray<readonly [name: string, text: string, shown: string]> = [
  ['a colour', '\u001b[31mred', '\\u001b[31mred'],
  ['a title of the window', '\u001b]0;x\u0007', '\\u001b]0;x\\u0007'],
  ['the one-byte CSI of C1', '\u009b2J', '\\u009b2J'],
  ['the next line of C1', 'a\u0085b', 'a\\u0085b'],
  ['a forged line', 'ok\nhospital  delivered', 'ok\\nhospital  delivered'],
  ['a line written over', 'bad\rgood', 'bad\\rgood'],
  ['a tab', 'a\tb', 'a\\tb'],
  ['backspaces', 'bad\b\b\b', 'bad\\u0008\\u0008\\u0008'],
  ['NUL', 'a\0b', 'a\\u0000b'],
  ['DEL', 'a\u007f', 'a\\u007f'],
  ['an override of direction', 'a\u202ecba', 'a\\u202ecba'],
  ['an embedding', '\u202a\u202b\u202c\u202d', '\\u202a\\u202b\\u202c\\u202d'],
  ['isolates', '\u2066\u2067\u2068\u2069', '\\u2066\\u2067\\u2068\\u2069'],
  ['marks of direction', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
  ['zero widths', 'a\u200b\u200c\u200d\u2060b', 'a\\u200b\\u200c\\u200d\\u2060b'],
  ['a soft hyphen', 'pay\u00adpal', 'pay\\u00adpal'],
  ['a byte order mark', '\ufeffrule', '\\ufeffrule'],
  ['separators of lines and paragraphs', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ['a combining joiner', 'a\u034fb', 'a\\u034fb'],
  ['variation selectors', 'a\ufe0f\u{e0100}', 'a\\ufe0f\\udb40\\udd00'],
  ['tags', '\u{e0041}', '\\udb40\\udc41'],
  ['fillers', '\u115f\u3164\uffa0\u2800', '\\u115f\\u3164\\uffa0\\u2800'],
  ['annotations', '\ufff9a\ufffb', '\\ufff9a\\ufffb'],
  ['invisible operators', '\u2061\u2064\u206f', '\\u2061\\u2064\\u206f'],
  ['half a pair', 'a\ud83d', 'a\\ud83d'],
  ['what is no character', '\uffff', '\\uffff'],
];

describe('printable', () => {
  test.each(HOSTILE)('%s is shown, not obeyed', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test.each(['', 'wildfire-icu-beds v3', 'Müller, Ñandú, 東京, 한국, العربية, 🔥', 'C:\\new "quoted"', 'a\u0301'])(
    '%p stays as it is',
    (text) => {
      expect(printable(text)).toBe(text);
      expect(printable(printable(`${text}\u0000`))).toBe(printable(`${text}\u0000`));
    },
  );

  test('lines that are our own stay, all else in them is shown', () => {
    expect(printableLines('Error: a\u001bb\r\n  at x')).toBe('Error: a\\u001bb\\r\n  at x');
    expect(printableLines('a\nb\n')).toBe('a\nb\n');
  });

  test('JSON stays JSON, with the same data', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: anyCharacter }), (json) => {
        const text = printable(json);
        expect(JSON.parse(text)).toEqual(JSON.parse(json));
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 2_000 },
    );
  });
});
