// Text as it may go to a terminal. What others wrote (publishers, partners, files, brokers) may hold characters that move the
// cursor, change colours, turn the direction of reading, break the line or are not seen at all. They are shown as the escapes
// of JSON: so a JSON text that went through here is still JSON, and the same data.

/**
 * C0, DEL and C1; format characters (bidi controls, zero-width ones, tags, the byte order mark) and whatever else is drawn as
 * nothing (variation selectors, fillers); separators of lines and paragraphs; halves of a surrogate pair; what is no character.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;
const HIDDEN_BUT_NEWLINES = new RegExp(`(?!\\n)${HIDDEN.source}`, 'gu');
/** Nearly all text: nothing to look for in it. */
const PLAIN = /^[\x20-\x7e\n]*$/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** On one line: newlines are escaped too. */
export function printable(text: string): string {
  return PLAIN.test(text) && !text.includes('\n') ? text : text.replace(HIDDEN, escaped);
}

/** Newlines stay: for a text whose lines are our own, such as a log's or a stack trace. */
export function printableLines(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN_BUT_NEWLINES, escaped);
}

/** `\n`, `\u001b`; what lies beyond 16 bits as its two halves, as JSON has it. */
function escaped(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  let text = '';
  for (let at = 0; at < character.length; at += 1)
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}
