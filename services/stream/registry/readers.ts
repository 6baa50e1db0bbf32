// One reader for each pair of a writer's schema and a reader's: made when the first such record comes, kept while the reader's
// schema is in use.
import { mismatchText, resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import type { AvroType } from '@ess/domain/avro/avro-type.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import { findSchema } from '@ess/schemas/catalog.ts';
import { BoundedReader } from './bounded-avro.ts';

/** A reader, and how its schema is named; or why there is none. */
export type Pair =
  | { readonly reader: BoundedReader; readonly as: string }
  | { readonly reader?: undefined; readonly detail: string };

interface Reader {
  readonly type: AvroType | { readonly detail: string };
  readonly pairs: Map<number, Pair>;
}

export class Readers {
  /** By the object that is the reader's schema. */
  readonly #bySchema = new WeakMap<object, Reader>();
  /** Topics whose schema this program was built with; undefined: it has none. */
  readonly #byTopic = new Map<string, ReadAs | undefined>();

  /** @param id of the writer's schema */
  pair(id: number, as: ReadAs, writer: AvroType): Pair {
    const reader = this.#reader(as);
    const known = reader.pairs.get(id);
    if (known) return known;
    const pair = 'detail' in reader.type ? reader.type : pairOf(reader.type, writer, as.shown);
    reader.pairs.set(id, pair);
    return pair;
  }

  /** What this program was built to read the records of a topic as. */
  builtIn(topic: string): ReadAs | undefined {
    if (this.#byTopic.has(topic)) return this.#byTopic.get(topic);
    const schema = findSchema(topic);
    const as =
      schema === undefined ? undefined : { schema, shown: `the schema of ${topic} that this program was built with` };
    this.#byTopic.set(topic, as);
    return as;
  }

  #reader({ schema, shown }: ReadAs): Reader {
    const key = Object(schema) as object;
    const known = this.#bySchema.get(key);
    if (known) return known;
    const fresh = { type: parsed(schema, shown), pairs: new Map<number, Pair>() };
    this.#bySchema.set(key, fresh);
    return fresh;
  }
}

function parsed(schema: unknown, shown: string): Reader['type'] {
  try {
    return parseAvro([schema]);
  } catch (error) {
    return { detail: `${shown} cannot be read: ${messageOf(error)}` };
  }
}

function pairOf(reader: AvroType, writer: AvroType, shown: string): Pair {
  try {
    const plan = resolveAvro(reader, writer);
    if (plan.kind !== 'mismatch') return { reader: new BoundedReader(plan), as: shown };
    return { detail: `cannot be read as ${shown}: ${mismatchText(plan)}` };
  } catch (error) {
    return { detail: `cannot be read as ${shown}: ${messageOf(error)}` };
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
