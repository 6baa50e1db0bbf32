// The head of an answer, read as leniently as RFC 9110 and 9112 let a client read it: for answers that undici's parser gives up on
// although their status is plain. What is not lenient is what no reading makes sense of; it is told by the place, never by its bytes.

/** Longest head that is read: status line, headers and the empty line. Servers allow 8 to 48 kB. */
export const HEAD_MAX_BYTES = 65_536;

export type AnswerHead =
  | {
      readonly kind: 'head';
      readonly status: number;
      /** By lower-case name; what is there several times is joined by commas. */
      readonly headers: Readonly<Record<string, string>>;
      /** The same head as a strict parser takes it. */
      readonly strict: string;
    }
  | { readonly kind: 'malformed'; readonly why: string }
  /** So far there is nothing wrong with it. */
  | { readonly kind: 'unfinished' };

const STATUS_LINE = /^HTTP\/\d\.\d (\d{3})(?: .*)?$/;
/** RFC 9110 §5.6.2: a token; RFC 9112 §5.1 has proxies take away space before the colon, so it means nothing. */
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*(.*?)[ \t]*$/;
/** What a strict parser takes in no value. */
const NO_TEXT = /[^\t\x20-\x7e\x80-\xff]/g;
const LINE_END = /\r?\n/;

/** Index behind the empty line that ends a head, or -1. */
export function endOfHead(bytes: Buffer): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

/** @param bytes what came of the answer, from its first byte; what is behind the head is not looked at */
export function readHead(bytes: Buffer): AnswerHead {
  const end = endOfHead(bytes);
  const isWhole = end >= 0 && end <= HEAD_MAX_BYTES;
  const lines = bytes.toString('latin1', 0, isWhole ? end : HEAD_MAX_BYTES).split(LINE_END);
  // The last one is empty, or not whole.
  const rest = lines.pop() ?? '';
  const [statusLine, ...fields] = lines;
  if (statusLine === undefined) {
    if (!mayBegin(rest)) return malformed(NO_HTTP);
    return isTooLong(bytes) ?? { kind: 'unfinished' };
  }
  const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? 0);
  if (status < 100) return malformed(NO_HTTP);
  if (status === 101) return malformed('the answer is 101: it changes to a protocol that nobody asked for');
  if (status < 200) return malformed('more interim answers (1xx) came than anybody has use for, and no answer');
  const read = readFields(fields);
  if ('kind' in read) return read;
  if (!isWhole) return isTooLong(bytes) ?? { kind: 'unfinished' };
  return strictHead(statusLine, status, read);
}

const NO_HTTP = 'the answer is no HTTP/1.1: its status line is malformed';
const MODEL = 'HTTP/1.1 200';

/** Whether a status line can begin so: with the end of another one it is whole. */
const mayBegin = (part: string): boolean => STATUS_LINE.test(part.replace(/\r$/, '') + MODEL.slice(part.length));

const malformed = (why: string): AnswerHead => ({ kind: 'malformed', why });

const isTooLong = (bytes: Buffer): AnswerHead | undefined =>
  bytes.length > HEAD_MAX_BYTES ? malformed('the headers of the answer are longer than 64 kB') : undefined;

interface Field {
  readonly name: string;
  value: string;
}

function readFields(lines: readonly string[]): Field[] | Extract<AnswerHead, { kind: 'malformed' }> {
  const fields: Field[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '') break;
    const before = fields.at(-1);
    if (/^[ \t]/.test(line) && before) {
      before.value += ` ${line.trim()}`; // folded, as RFC 9112 §5.2 has it
      continue;
    }
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    // RFC 9110 §5.5 calls these two dangerous; other control characters may stay.
    if (name === undefined || /[\0\r]/.test(value))
      return { kind: 'malformed', why: `header line ${index + 1} of the answer is malformed` };
    fields.push({ name: name.toLowerCase(), value });
  }
  return fields;
}

function strictHead(statusLine: string, status: number, fields: readonly Field[]): AnswerHead {
  const isEncoded = fields.some(({ name }) => name === 'transfer-encoding');
  const lengths = fields.filter(({ name }) => name === 'content-length').flatMap(({ value }) => value.split(','));
  const [length] = new Set(lengths.map((one) => one.trim()));
  // Where both are given the encoding counts (RFC 9112 §6.3), and the connection is not used again.
  if (!isEncoded && length !== undefined) {
    if (!/^\d+$/.test(length)) return malformed('the Content-Length of the answer is no number');
    if (lengths.some((one) => one.trim() !== length)) return malformed('the answer has two different Content-Lengths');
  }
  const kept = fields.filter(({ name }) => name !== 'content-length');
  if (!isEncoded && length !== undefined) kept.push({ name: 'content-length', value: length });
  else if (isEncoded && length !== undefined) kept.push({ name: 'connection', value: 'close' });
  const headers: Record<string, string> = Object.create(null);
  for (const { name, value } of kept)
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  const strict = kept.map(({ name, value }) => `${name}: ${value.replace(NO_TEXT, ' ')}\r\n`).join('');
  return { kind: 'head', status, headers, strict: `${statusLine}\r\n${strict}\r\n` };
}
