// kafkajs 2.2.4 copies all headers of a record for each header (recordBatch/record/v0/decoder.js): one record of 27 kB with 4,000
// headers stops a consumer's process for half a minute, one of 55 kB for two. And a header that is called like a member of every
// object, e.g. `constructor`, comes with that member. Here headers are gathered in one pass; the decoder asks for nothing but
// the list of headers by this method, and for nothing but their `reduce`.
import { createRequire } from 'node:module';

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

type Headers = Record<string, Buffer | null | Array<Buffer | null>>;

interface Decoder {
  readVarInt(): number;
  readVarIntArray(reader: (decoder: Decoder) => Header): unknown;
}

/** What the decoder takes for a list; it gathers by itself. */
class Gathered {
  // Without a prototype: every name is a name like any other.
  readonly #headers = Object.create(null) as Headers;

  add({ key, value }: Header): void {
    const before = this.#headers[key];
    if (before === undefined) this.#headers[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else this.#headers[key] = [before, value];
  }

  reduce(): Headers {
    return this.#headers;
  }
}

let mended = false;

export function mendHeaders(): void {
  if (mended) return;
  mended = true;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/protocol/decoder.js') as { prototype: Decoder };
  prototype.readVarIntArray = function (reader) {
    const gathered = new Gathered();
    for (let left = this.readVarInt(); left > 0; left -= 1) gathered.add(reader(this));
    return gathered;
  };
}
