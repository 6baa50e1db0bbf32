// Avro in the Confluent wire format (wire-format.ts). Schemas are fetched ahead (`prepare`), so that decoding a record is
// synchronous. That the registry does not give one schema id is the record's fault; that it does not answer, or gives none, is
// not (witness.ts). Records and schemas are foreign: both are read within bounds
// (bounded-avro.ts), and a record is read as what its reader knows (readers.ts).

import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import type { AvroType } from '@ess/domain/avro/avro-type.ts';
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Type } from 'avsc';
import avro from 'avsc';
import { BoundedReader, Unresolved } from './bounded-avro.ts';
import { foreignFraming, noSuchId } from './foreign-framing.ts';
import type { Pair } from './readers.ts';
import { messageOf, Readers } from './readers.ts';
import { Refused, RegistryHttp, SchemaTooLong } from './registry-http.ts';
import { UnknownIds } from './unknown-ids.ts';
import { HEADER_BYTES, ID_AT, MAGIC, schemaIdOf } from './wire-format.ts';
import { Witness } from './witness.ts';

/** Questions to the registry at a time: a flood of ids must not hold its partition until the first are asked for again. */
const QUESTIONS_MAX = 16;
/** A schema's names can make any error longer than what is kept of a record. */
const DETAIL_CHARACTERS_MAX = 500;

export type Decoded =
  | { readonly ok: true; readonly record: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false;
      readonly reason: 'tombstone' | 'decode' | 'unknown-schema' | 'wrong-schema';
      readonly detail: string;
    };

interface WriterSchema {
  readonly type: AvroType;
  /** Reads a record as it was written. */
  readonly asWritten: Pair;
}

/** What a reader needs of it. */
export type Decodes = Pick<Codec, 'decode' | 'prepare' | 'isPrepared'>;

export interface CodecOptions {
  readonly nowMs?: () => number;
  /** A record has a schema that was not met before; awaited before `prepare` ends. */
  readonly onNewSchema?: () => Promise<void>;
}

export class Codec {
  readonly #http: RegistryHttp;
  /** A third of all modules that a command would load, and of no use to one that decodes nothing. */
  readonly #client = import('./registry-client.ts');
  readonly #writers = new Map<number, WriterSchema>();
  readonly #readers = new Readers();
  readonly #unknown: UnknownIds;
  readonly #witness: Witness;
  readonly #onNewSchema: (() => Promise<void>) | undefined;

  constructor(registry: RegistryAddress, { nowMs = Date.now, onNewSchema }: CodecOptions = {}) {
    this.#http = new RegistryHttp(registry);
    this.#unknown = new UnknownIds(nowMs);
    this.#witness = new Witness(this.#http);
    this.#onNewSchema = onNewSchema;
    this.#client.catch(() => undefined); // whoever asks it is told
  }

  /**
   * Makes every schema that these values name available. Ids the registry does not know are remembered as such.
   * @throws EssError ESS_REGISTRY when the registry does not answer: nothing is known about the records then
   */
  async prepare(values: Iterable<Buffer | null>): Promise<void> {
    const ids = [...this.#missing(values)];
    const before = this.#writers.size;
    for (let from = 0; from < ids.length; from += QUESTIONS_MAX) {
      const asked = ids.slice(from, from + QUESTIONS_MAX);
      const refused = (await this.#ask(asked)).flatMap(([id, error]) =>
        error instanceof Refused ? [{ id, error }] : [],
      );
      const [first] = refused;
      if (!first) continue;
      await this.#witness.confirm((refused.find(({ error }) => error.status === 403) ?? first).error);
      // Once more: it may have refused everything a moment ago, and have come back for the witness.
      for (const [id, error] of await this.#ask(refused.map(({ id }) => id)))
        this.#unknown.add(id, short(messageOf(error)));
    }
    if (this.#writers.size > before) await this.#onNewSchema?.();
  }

  /** @returns those that cannot be used, with the reason; only those of which the registry gave a schema are noted as such */
  async #ask(ids: readonly number[]): Promise<ReadonlyArray<readonly [id: number, error: Error]>> {
    const errors = await Promise.all(ids.map((id) => this.#fetch(id)));
    const unusable = ids.flatMap((id, index) => (errors[index] ? [[id, errors[index]] as const] : []));
    for (const [id, error] of unusable) if (!(error instanceof Refused)) this.#unknown.add(id, short(messageOf(error)));
    return unusable;
  }

  /** Whether `prepare` would have nothing to do, as it has for all but the first records of a schema. */
  isPrepared(values: Iterable<Buffer | null>): boolean {
    return this.#missing(values).size === 0;
  }

  #missing(values: Iterable<Buffer | null>): Set<number> {
    const missing = new Set<number>();
    for (const value of values) {
      const id = schemaIdOf(value);
      if (id !== undefined && id > 0 && !this.#writers.has(id) && !this.#unknown.has(id)) missing.add(id);
    }
    return missing;
  }

  /** @param as what it is read as: a topic whose schema this program was built with, or absent: as it was written */
  decode(value: Buffer | null, as?: string | ReadAs): Decoded {
    if (value === null) return { ok: false, reason: 'tombstone', detail: 'the record has no value' };
    const id = schemaIdOf(value);
    if (id === undefined) return { ok: false, reason: 'decode', detail: foreignFraming(value) };
    const writer = this.#writers.get(id);
    if (!writer) {
      const why = noSuchId(value) ?? `schema id ${id}: ${this.#unknown.why(id) ?? 'not known'}`;
      return { ok: false, reason: 'unknown-schema', detail: short(why) };
    }
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
    const type = avro.Type.forSchema(schema as avro.Schema);
    const slab = new EncodeSlab(type, id);
    return (record) => {
      try {
        return slab.encode(record);
      } catch (error) {
        throw new EssError('ESS_ENCODE', `${subject}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    };
  }

  async #idOf(subject: string, schema: object): Promise<number> {
    const { AVRO, openRegistryClient } = await this.#client;
    try {
      const id = await openRegistryClient(this.#http).getRegistryIdBySchema(subject, {
        type: AVRO,
        schema: JSON.stringify(schema),
      });
      this.#witness.gave(id);
      return id;
    } catch (error) {
      if (isAway(error)) throw away(error);
      throw new EssError(
        'ESS_CONFIG',
        `the registry does not have the local schema of ${subject}: run "ess schemas apply"`,
        { cause: error },
      );
    }
  }

  /**
   * @returns why no record can be read that names it: it is not there, or not readable as Avro
   * @throws EssError ESS_REGISTRY
   */
  async #fetch(id: number): Promise<Error | undefined> {
    // Somebody else may have asked meanwhile.
    if (this.#writers.has(id) || this.#unknown.has(id)) return undefined;
    const { fetchSchema } = await this.#client;
    try {
      const type = await fetchSchema(this.#http, id);
      this.#writers.set(id, { type, asWritten: { reader: new BoundedReader(resolveAvro(type, type)), as: 'itself' } });
      this.#unknown.delete(id);
      this.#witness.gave(id);
      return undefined;
    } catch (error) {
      if (isAway(error)) throw away(error);
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

const short = (detail: string): string => detail.slice(0, DETAIL_CHARACTERS_MAX).toWellFormed();

/** A schema that is too long is somebody's schema: it must not hold all records as a registry does that is away. */
function isAway(error: unknown): error is EssError {
  return error instanceof EssError && !(error instanceof SchemaTooLong);
}

/** A registry that refuses us, 401 say, tells nothing about the record either. */
function away(error: EssError): EssError {
  return error.code === 'ESS_REGISTRY' ? error : new EssError('ESS_REGISTRY', error.message, { cause: error });
}

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
