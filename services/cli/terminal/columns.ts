// Text in columns of a terminal: made printable, bounded, and as wide as it is drawn.
import { printable } from '@ess/domain/text/printable.ts';

/** Drawn two columns wide, as terminals do it: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Hangul}\u3001-\u303e\u30a0-\u30ff\uff01-\uff60\uffe0-\uffe6]/u;
/** Drawn over the character before. */
const COMBINING = /\p{M}/u;
const ASCII = /^[\x20-\x7e]*$/;
/** Marks over one character without end are no text: of so many code units one column is the least that is counted. */
const UNITS_PER_COLUMN = 4;

/** In columns. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** On one line and at most so many columns wide; an ellipsis says that it goes on. */
export function cut(text: string, columns: number): string {
  const units = columns * UNITS_PER_COLUMN;
  const shown = printable(text.length > units ? text.slice(0, units) : text);
  if (text.length <= units && widthOf(shown) <= columns) return shown;
  let width = 0;
  let end = 0;
  for (const character of shown) {
    width += columnsOf(character);
    if (width > columns - 1) break;
    end += character.length;
  }
  return `${shown.slice(0, end)}…`;
}

/** Filled with spaces on the right, or on the left for numbers. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const spaces = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return side === 'right' ? `${text}${spaces}` : `${spaces}${text}`;
}

function columnsOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  return COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}
