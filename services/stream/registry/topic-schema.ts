// Which schemas a topic takes: those that resolve into ours of that topic. It is found out once for each pair, not per record.
import { resolveAvro } from '@ess/domain/values/avro-resolution.ts';
import { readSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import type { Schema, Type } from 'avsc';
import avro from 'avsc';

export type Acceptance =
  | {
      readonly ok: true;
      /**
       * Gives a record, read as it was written, what an older schema has not, on its uppermost level.
       * @throws Error when it holds a symbol that our enum has not
       */
      readonly complete: (record: Record<string, unknown>) => void;
    }
  | { readonly ok: false; readonly detail: string };

const TOPICS = new Set(SCHEMAS.map(({ topic }) => topic));
const readers = new Map<string, Type>();

/**
 * @param known what was found out for this writer, by topic; it is added to
 * @returns undefined where we have no schema of the topic: any record is taken
 */
export function acceptance(writer: Type, topic: string, known: Map<string, Acceptance>): Acceptance | undefined {
  if (!TOPICS.has(topic)) return undefined;
  const before = known.get(topic);
  if (before) return before;
  const found = compare(readerOf(topic), writer, topic);
  known.set(topic, found);
  return found;
}

function readerOf(topic: string): Type {
  const known = readers.get(topic);
  if (known) return known;
  const reader = avro.Type.forSchema(readSchema(topic) as Schema);
  readers.set(topic, reader);
  return reader;
}

function compare(reader: Type, writer: Type, topic: string): Acceptance {
  const resolution = resolveAvro(reader, writer);
  if (!resolution.ok) return { ok: false, detail: `${topic} holds ${reader.name}, but ${resolution.detail}` };
  const { missing, wider } = resolution;
  return {
    ok: true,
    complete: (record) => {
      for (const { field, writtenAs, defaultValue } of missing)
        record[field] = writtenAs === undefined ? defaultValue() : record[writtenAs];
      for (const { field, known, default: instead } of wider) {
        const symbol = record[field] as string | null;
        if (symbol === null || known.includes(symbol)) continue;
        if (instead === undefined) throw new Error(`field ${field} is ${symbol}, which ${topic} has not`);
        record[field] = instead;
      }
    },
  };
}
