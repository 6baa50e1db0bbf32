// Avro in the Confluent wire format (wire-format.ts). Schemas are fetched ahead (`prepare`), so that decoding a record is
// synchronous. What the registry says of one schema id is the record's trouble or its topic's (writer-schemas.ts). Records and
// schemas are foreign: both are read within bounds (bounded-avro.ts), and a record is read as what its reader knows (readers.ts).

import type { Plan } from '@ess/domain/avro/avro-resolution.ts';
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Type } from 'avsc';
import avro from 'avsc';
import { Unresolved } from './bounded-avro.ts';
import { exactLong } from './exact-long.ts';
import { foreignFraming, noSuchId } from './foreign-framing.ts';
import type { Pair } from './readers.ts';
import { messageOf, Readers } from './readers.ts';
import { AVRO, openRegistryClient } from './registry-client.ts';
import { away, isAway, RegistryHttp } from './registry-http.ts';
import { HEADER_BYTES, ID_AT, MAGIC, schemaIdOf } from './wire-format.ts';
import type { WriterSchema } from './writer-schemas.ts';
import { short, WriterSchemas } from './writer-schemas.ts';

export type Decoded =
  | { readonly ok: true; readonly record: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false;
      readonly reason: 'tombstone' | 'decode' | 'unknown-schema' | 'unreadable-schema' | 'wrong-schema';
      readonly detail: string;
    };

/** What a reader needs of it. */
export type Decodes = Pick<Codec, 'decode' | 'prepare' | 'isPrepared' | 'holdsSource'>;

export interface CodecOptions {
  /** Default: a clock that nobody sets, as an id would stay unknown until one that was set back has caught up. */
  readonly nowMs?: () => number;
  /** A record has a schema that was not met before; awaited before `prepare` ends. */
  readonly onNewSchema?: () => Promise<void>;
}

export class Codec {
  readonly #http: RegistryHttp;
  readonly #writers: WriterSchemas;
  readonly #readers = new Readers();
  readonly #onNewSchema: (() => Promise<void>) | undefined;

  constructor(registry: RegistryAddress, { nowMs = () => performance.now(), onNewSchema }: CodecOptions = {}) {
    this.#http = new RegistryHttp(registry);
    this.#writers = new WriterSchemas(this.#http, nowMs);
    this.#onNewSchema = onNewSchema;
  }

  /**
   * Makes every schema that these values name available. Ids of which there is none that can be used are remembered as such.
   * @throws EssError ESS_REGISTRY when the registry does not answer: nothing is known about the records then
   */
  async prepare(values: Iterable<Buffer | null>): Promise<void> {
    if (await this.#writers.ask([...this.#missing(values)])) await this.#onNewSchema?.();
  }

  /** Whether `prepare` would have nothing to do, as it has for all but the first records of a schema. */
  isPrepared(values: Iterable<Buffer | null>): boolean {
    return this.#missing(values).size === 0;
  }

  /**
   * Whether the value's schema is there and the topic's own, and cannot be read: nothing is known about such records, and they wait
   * in the topic. What names a foreign schema is that record's trouble: one record must not hold a topic for ever.
   * @param subject whose schemas are the topic's own too, whatever its name
   */
  holdsSource(topic: string, value: Buffer | null, subject?: string): boolean {
    const id = schemaIdOf(value);
    return id !== undefined && this.#writers.isOwnAndUnreadable(id, topic, subject);
  }

  #missing(values: Iterable<Buffer | null>): Set<number> {
    const missing = new Set<number>();
    for (const value of values) {
      const id = schemaIdOf(value);
      if (id !== undefined && id > 0 && this.#writers.isMissing(id)) missing.add(id);
    }
    return missing;
  }

  /** @param as what it is read as: a topic whose schema this program was built with, or absent: as it was written */
  decode(value: Buffer | null, as?: string | ReadAs): Decoded {
    if (value === null) return { ok: false, reason: 'tombstone', detail: 'the record has no value' };
    const id = schemaIdOf(value);
    if (id === undefined) return { ok: false, reason: 'decode', detail: foreignFraming(value) };
    const writer = this.#writers.get(id);
    if (!writer) return this.#unusable(id, value);
    const pair = this.#pair(id, writer, as);
    if (!pair.reader) return { ok: false, reason: 'wrong-schema', detail: short(`schema id ${id} ${pair.detail}`) };
    try {
      const record = pair.reader.read(value, HEADER_BYTES);
      if (typeof record !== 'object' || record === null) throw new TypeError('the schema is not of a record');
      return { ok: true, record: record as Record<string, unknown> };
    } catch (error) {
      const detail = messageOf(error);
      if (!(error instanceof Unresolved)) return { ok: false, reason: 'decode', detail: short(detail) };
      return {
        ok: false,
        reason: 'wrong-schema',
        detail: short(`schema id ${id} cannot be read as ${pair.as}: ${detail}`),
      };
    }
  }

  /** How values of a schema are read as a topic's, for who reads the bytes himself; undefined: they are not, or `prepare` comes first. */
  planOf(id: number, topic: string): Plan | undefined {
    const writer = this.#writers.get(id);
    return writer && this.#pair(id, writer, topic).reader?.plan;
  }

  #unusable(id: number, value: Buffer): Decoded {
    const { why = 'not known', subjects } = this.#writers.whyNot(id) ?? {};
    if (subjects !== undefined) {
      const detail = short(`schema id ${id} is there and cannot be read: ${why}`);
      return { ok: false, reason: 'unreadable-schema', detail };
    }
    return { ok: false, reason: 'unknown-schema', detail: short(noSuchId(value) ?? `schema id ${id}: ${why}`) };
  }

  #pair(id: number, writer: WriterSchema, as: string | ReadAs | undefined): Pair {
    const reads = typeof as === 'string' ? this.#readers.builtIn(as) : as;
    return reads ? this.#readers.pair(id, reads, writer.type) : writer.asWritten;
  }

  /**
   * An encoder for the local schema, under the id that the registry has for it.
   * @throws EssError ESS_REGISTRY when the registry is away; ESS_CONFIG when the schema was never applied
   */
  async encoder(subject: string, schema: object): Promise<(record: object) => Buffer> {
    const id = await this.#idOf(subject, schema);
    const slab = new EncodeSlab(avro.Type.forSchema(schema as avro.Schema), id);
    let exact: EncodeSlab | undefined;
    return (record) => {
      try {
        if (!holdsExactLong(record)) return slab.encode(record);
      } catch {
        // avsc's own long ends one short of the last safe number. Whatever else is wrong, the exact one says it too.
      }
      try {
        exact ??= new EncodeSlab(avro.Type.forSchema(schema as avro.Schema, { typeHook: exactLong }), id);
        return exact.encode(record);
      } catch (error) {
        throw new EssError('ESS_ENCODE', `${subject}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    };
  }

  async #idOf(subject: string, schema: object): Promise<number> {
    try {
      const id = await openRegistryClient(this.#http).getRegistryIdBySchema(subject, {
        type: AVRO,
        schema: JSON.stringify(schema),
      });
      this.#writers.gave(id);
      return id;
    } catch (error) {
      if (isAway(error)) throw away(error);
      throw new EssError(
        'ESS_CONFIG',
        `the registry does not have the local schema of ${subject}: run "ess schemas apply"; where it had it before: docs/disaster.md`,
        { cause: error },
      );
    }
  }
}

/** avsc refuses to write longs from 2^53 - 1 on. Rows hold one such number: a version that others chose, often enough to know before. */
const holdsExactLong = ({ version }: { version?: unknown }): boolean =>
  typeof version === 'bigint' || (typeof version === 'number' && Math.abs(version) >= Number.MAX_SAFE_INTEGER);

/** Large enough for about 200 rows of ours; rows that are queued keep their slab alive. */
const SLAB_BYTES = 65_536;

/** Encodes rows one behind the other into a shared buffer: one allocation for many rows instead of two for each. */
class EncodeSlab {
  readonly #type: Type;
  readonly #id: number;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  constructor(type: Type, id: number) {
    this.#type = type;
    this.#id = id;
  }

  encode(record: object): Buffer {
    return this.#tryEncode(record) ?? this.#fresh(record);
  }

  /** @returns undefined when the rest of the slab is too small */
  #tryEncode(record: object): Buffer | undefined {
    const from = this.#used;
    if (from + HEADER_BYTES > this.#slab.length) return undefined;
    const end = this.#type.encode(record, this.#slab, from + HEADER_BYTES);
    if (end < 0) return undefined;
    this.#slab[from] = MAGIC;
    this.#slab.writeInt32BE(this.#id, from + ID_AT);
    this.#used = end;
    return this.#slab.subarray(from, end);
  }

  #fresh(record: object): Buffer {
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#used = 0;
    const fits = this.#tryEncode(record);
    if (fits) return fits;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeInt32BE(this.#id, ID_AT);
    return Buffer.concat([header, this.#type.toBuffer(record)]);
  }
}
