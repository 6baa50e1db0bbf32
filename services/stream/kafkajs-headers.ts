// kafkajs 2.2.4 copies all headers of a record for each header (recordBatch/record/v0/decoder.js): one record of 27 kB with 4,000
// headers stops a consumer's process for half a minute, one of 55 kB for two. And a header that is called like a member of every
// object, e.g. `constructor`, comes with that member. Here headers are gathered in one pass; the decoder asks for nothing but
// the list of headers by this method, and for nothing but their `reduce`.
import { createRequire } from 'node:module';

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

type HeaderValue = Buffer | null | Array<Buffer | null>;

interface DecoderClass {
  readonly prototype: { readVarIntArray(reader: unknown): Header[] };
}

let mended = false;

export function mendHeaders(): void {
  if (mended) return;
  mended = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/protocol/decoder.js') as DecoderClass;
  const read = prototype.readVarIntArray;
  prototype.readVarIntArray = function (reader) {
    const headers = read.call(this, reader);
    if (headers.length > 0) Object.defineProperty(headers, 'reduce', { value: () => gathered(headers) });
    return headers;
  };
}

function gathered(headers: readonly Header[]): Record<string, HeaderValue> {
  const byName = new Map<string, HeaderValue>();
  for (const { key, value } of headers) {
    const before = byName.get(key);
    if (before === undefined) byName.set(key, value);
    else if (Array.isArray(before)) before.push(value);
    else byName.set(key, [before, value]);
  }
  return Object.fromEntries(byName);
}
