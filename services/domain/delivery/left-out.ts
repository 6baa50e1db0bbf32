// A dead letter holds its record whole, unless Kafka takes no letter of that size: then its largest parts are left out, and its
// detail says which, how long they were, and their hashes, so that the record can be told when it is read from its source
// topic again. Nothing is ever cut in the middle: half a record is no record. The detail carries it, and not a field of its own,
// because a program of before would not know the field and send what is left.
import { createHash } from 'node:crypto';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';

export type LetterPart = 'key' | 'headers' | 'value';

export interface LeftOut {
  readonly part: LetterPart;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** What a letter holds of its record: ess.dead-letters takes 2 MiB with the rest of the letter. */
export const LETTER_RECORD_MAX_BYTES = 2_000_000;
/** Where the topic takes less than that: of small records the key and headers are kept. */
const REFUSED_MAX_BYTES = 8_192;
/** What a header takes beside its name and value. */
const HEADER_BYTES = 8;

const MARK = '; left out for its size: ';
const ONE = /(key|headers|value) of (\d{1,15}) bytes, SHA-256 ([0-9a-f]{64})/;
const ALL = new RegExp(`${MARK}((?:${ONE.source}(?:; |$))+)$`);

/** A letter whose parts fit into so many bytes: itself, or one without its largest parts. */
export function leaveOut(letter: DeadLetter, maxBytes: number): DeadLetter {
  const sizes: Array<[LetterPart, number]> = [
    ['key', letter.key?.length ?? 0],
    ['headers', headerBytes(letter)],
    ['value', letter.value?.length ?? 0],
  ];
  let bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  let shortened = letter;
  const gone: string[] = [];
  for (const [part, size] of sizes.sort(([, a], [, b]) => b - a)) {
    if (bytes <= maxBytes || size === 0) break;
    gone.push(`${part} of ${size} bytes, SHA-256 ${hashOf(letter, part)}`);
    shortened = { ...shortened, [part]: part === 'headers' ? [] : null };
    bytes -= size;
  }
  return gone.length === 0 ? letter : { ...shortened, detail: `${letter.detail}${MARK}${gone.join('; ')}` };
}

/** What was left out of a letter. A detail that speaks of parts which are there is a text like any other. */
export function leftOutOf(letter: Pick<DeadLetter, LetterPart | 'detail'>): LeftOut[] {
  const said = ALL.exec(letter.detail)?.[1]?.split('; ') ?? [];
  const found = said.flatMap((one): LeftOut[] => {
    const [, part, bytes, sha256] = ONE.exec(one) ?? [];
    return sha256 === undefined ? [] : [{ part: part as LetterPart, bytes: Number(bytes), sha256 }];
  });
  const isGone = ({ part }: LeftOut) => (part === 'headers' ? letter.headers.length === 0 : letter[part] === null);
  return found.every(isGone) ? found : [];
}

/** Whether these bytes are what was left out. */
export function isOriginal({ bytes, sha256 }: LeftOut, found: Buffer | null): boolean {
  return found !== null && found.length === bytes && createHash('sha256').update(found).digest('hex') === sha256;
}

/**
 * Writes a letter, whole where Kafka takes it whole.
 * @param write rejects when Kafka does not take the letter, and `isRefusal` knows that error
 * @throws what `write` throws of a letter that has nothing left to leave out, and every other error
 */
export async function writeFitting<T>(
  letter: DeadLetter,
  write: (letter: DeadLetter) => Promise<T>,
  isRefusal: (error: unknown) => boolean,
): Promise<T> {
  for (const maxBytes of [LETTER_RECORD_MAX_BYTES, REFUSED_MAX_BYTES])
    try {
      return await write(leaveOut(letter, maxBytes));
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  return write(leaveOut(letter, 0));
}

function headerBytes({ headers }: DeadLetter): number {
  let bytes = 0;
  for (const { key, value } of headers) bytes += Buffer.byteLength(key) + (value?.length ?? 0) + HEADER_BYTES;
  return bytes;
}

function hashOf(letter: DeadLetter, part: LetterPart): string {
  const hash = createHash('sha256');
  if (part !== 'headers') return hash.update(letter[part] ?? '').digest('hex');
  for (const { key, value } of letter.headers)
    hash
      .update(`${key}\n`)
      .update(value ?? '')
      .update('\n');
  return hash.digest('hex');
}
