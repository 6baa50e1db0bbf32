// What another server answers is read up to a bound and no further: whoever it is, it cannot fill our memory.

export class TooLong extends Error {}

/**
 * The whole text of an answer. Leaving the loop early ends the stream, and with it the connection.
 * @param chunks after unpacking, so that the bound holds for what a packed answer becomes
 * @throws TooLong at the first byte beyond `maxBytes`; TypeError when the bytes are not UTF-8; what the stream throws
 */
export async function boundedText(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  // One buffer, filled: an answer of a million chunks of one byte costs no more than one of a single chunk.
  const bytes = Buffer.allocUnsafe(maxBytes);
  let length = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > maxBytes) throw new TooLong(`the answer is longer than ${maxBytes} bytes`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
}

/** Whether arrays and objects are at most `levels` deep inside each other: what walks deeper would end at the stack's end. */
export function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
