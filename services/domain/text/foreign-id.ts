// Ids that others chose: a rule's id, a record's key, an event's id. They become lanes, keys of rows and headers, so they have
// a bound: a row that carries a longer one could be too large for Kafka, and its record would never be settled. A longer id
// goes by its beginning and its hash.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/** Far above any id that people or programs give, far below anything that makes a row large. */
export const ID_MAX_BYTES = 1_024;
/** Enough to recognise it by. */
const SHOWN_CHARS = 64;
/** Characters of the hash: so many that two long ids never share a name by accident. */
const HASH_CHARS = 16;
/** Longest encoding of a character. */
const UTF8_MAX_BYTES = 4;
/** Control characters and those that turn the direction of a text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export function isLongId(id: string | Buffer): boolean {
  if (id.length > ID_MAX_BYTES) return true;
  // A UTF-16 unit takes three bytes at most.
  return typeof id === 'string' && id.length * 3 > ID_MAX_BYTES && Buffer.byteLength(id) > ID_MAX_BYTES;
}

/** @returns the id as text; a long one as its first characters and its hash, the same every time */
export function shortId(id: string | Buffer): string {
  if (!isLongId(id)) return id.toString();
  const start = typeof id === 'string' ? id : id.subarray(0, SHOWN_CHARS * UTF8_MAX_BYTES).toString();
  const shown = [...start.slice(0, SHOWN_CHARS * 2)].slice(0, SHOWN_CHARS).join('').replaceAll(UNPRINTABLE, '?');
  return `${shown}...sha256:${createHash('sha256').update(id).digest('hex').slice(0, HASH_CHARS)}`;
}

/** Stands before a key that is no text, or would be taken for one of those. */
const BASE64 = 'base64:';

/**
 * The one text form of a record's key, which is bytes: no two keys share one. It is the lane, the key of states, audit rows and
 * letters, and what `--key` takes. Text without control characters is itself; a key that is too long goes by its short name.
 */
export function keyText(key: Buffer): string {
  if (key.length > ID_MAX_BYTES) return shortId(key);
  const plain = isAscii(key);
  const text = key.toString(plain ? 'latin1' : 'utf8');
  const isItself = (plain || (isUtf8(key) && !/\p{Cc}/u.test(text))) && !text.startsWith(BASE64);
  return isItself ? text : `${BASE64}${key.toString('base64')}`;
}

/** Printable ASCII, as nearly all keys are: known without a look at characters. */
function isAscii(key: Buffer): boolean {
  for (let at = 0; at < key.length; at += 1) {
    const byte = key[at] as number;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

/**
 * @param key of the record
 * @param ruleId and eventId: as the value has them
 * @returns which of them is too long, for a person; undefined: none
 */
export function longIdIn(
  key: Buffer | null,
  ruleId: string | null | undefined,
  eventId: string | null | undefined,
): string | undefined {
  if (ruleId != null && isLongId(ruleId)) return describe('rule id', ruleId);
  if (key !== null && isLongId(key)) return describe('record key', key);
  return eventId != null && isLongId(eventId) ? describe('event id', eventId) : undefined;
}

const describe = (name: string, id: string | Buffer): string =>
  `the ${name} is ${Buffer.byteLength(id)} bytes long, at most ${ID_MAX_BYTES} are taken: ${shortId(id)}`;
