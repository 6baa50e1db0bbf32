// The body of an answer as the text that it is: unpacked where the partner has packed it, which it may although nobody asked for it
// (RFC 9110 §12.5.3), and without a byte order mark.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** Longer bodies are not read, packed or not. */
export const BODY_MAX_BYTES = 65_536;

/** Its text, or why there is none. */
export type AnswerBody = { readonly text: () => string } | { readonly why: string };

const UNPACK: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};
/** Takes a byte order mark away. */
const UTF8 = new TextDecoder();

/** @param coding the header Content-Encoding, a list when it came several times */
export function bodyIn(chunks: readonly Buffer[], coding: unknown): AnswerBody {
  let bytes = Buffer.concat(chunks);
  // The last one was laid around the others.
  for (const name of codingsIn(coding).reverse()) {
    const unpack = Object.hasOwn(UNPACK, name) ? UNPACK[name] : undefined;
    if (!unpack) return { why: 'the body of the answer is packed (Content-Encoding) in a way that is not read here' };
    try {
      bytes = unpack(bytes, { maxOutputLength: BODY_MAX_BYTES });
    } catch (error) {
      const isLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return { why: isLong ? TOO_LONG : 'the body of the answer cannot be unpacked' };
    }
  }
  return { text: () => UTF8.decode(bytes) };
}

export const TOO_LONG = 'the body of the answer is longer than 64 kB';

const codingsIn = (coding: unknown): string[] =>
  String(coding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
