// The schemas that records were written with, by id. The registry is asked for those that are missing, and what becomes of a
// record whose schema cannot be used depends on why:
//   the registry does not answer, or gives nobody anything   nothing is known about any record (witness.ts)
//   it gives no schema for this id                           the record's fault
//   it gives one that cannot be read as Avro                 the topic's trouble when the schema is the topic's own, and the record's
//                                                            when somebody wrote a foreign one into the topic

import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import type { AvroType } from '@ess/domain/avro/avro-type.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { BoundedReader } from './bounded-avro.ts';
import type { Pair } from './readers.ts';
import { messageOf } from './readers.ts';
import { fetchSchema } from './registry-client.ts';
import type { RegistryHttp } from './registry-http.ts';
import { away, isAway, listOf, Refused } from './registry-http.ts';
import type { Unusable } from './unusable-ids.ts';
import { UnusableIds } from './unusable-ids.ts';
import { Witness } from './witness.ts';

/** Questions to the registry at a time: a flood of ids must not hold its partition until the first are asked for again. */
const QUESTIONS_MAX = 16;
/** More versions of one schema are not kept: a stranger may register it under any number of names. */
const VERSIONS_MAX = 256;
/** A schema's names can make any error longer than what is kept of a record. */
const DETAIL_CHARACTERS_MAX = 500;

export interface WriterSchema {
  readonly type: AvroType;
  /** Reads a record as it was written. */
  readonly asWritten: Pair;
}

export class WriterSchemas {
  readonly #http: RegistryHttp;
  readonly #known = new Map<number, WriterSchema>();
  readonly #unusable: UnusableIds;
  readonly #witness: Witness;

  constructor(http: RegistryHttp, nowMs: () => number) {
    this.#http = http;
    this.#unusable = new UnusableIds(nowMs);
    this.#witness = new Witness(http);
  }

  get(id: number): WriterSchema | undefined {
    return this.#known.get(id);
  }

  /** Why there is none; undefined: it was not asked for. */
  whyNot(id: number): Unusable | undefined {
    return this.#unusable.get(id);
  }

  /** Whether it has to be asked for. */
  isMissing(id: number): boolean {
    return !this.#known.has(id) && !this.#unusable.has(id);
  }

  /** Whether the id's schema is there, cannot be read, and is the topic's own, as far as one can tell. */
  isOwnAndUnreadable(id: number, topic: string, own?: string): boolean {
    if (this.#unusable.size === 0) return false;
    const subjects = this.#unusable.get(id)?.subjects;
    return (
      subjects !== undefined &&
      (subjects === null || subjects.some((subject) => subject === own || isOf(topic, subject)))
    );
  }

  /** The registry gave this one, for a schema of ours. */
  gave(id: number): void {
    this.#witness.gave(id);
  }

  /**
   * Asks for these, and remembers why if one cannot be used.
   * @returns whether there are more schemas than before
   * @throws EssError ESS_REGISTRY when the registry does not answer: nothing is known about the records then
   */
  async ask(ids: readonly number[]): Promise<boolean> {
    const before = this.#known.size;
    for (let from = 0; from < ids.length; from += QUESTIONS_MAX) {
      const refused = await this.#askTogether(ids.slice(from, from + QUESTIONS_MAX));
      const [first] = refused;
      if (!first) continue;
      await this.#witness.confirm((refused.find(({ error }) => error.status === 403) ?? first).error);
      // Once more: it may have refused everything a moment ago, and have come back for the witness.
      for (const { id, error } of await this.#askTogether(refused.map(({ id }) => id)))
        this.#unusable.add(id, { why: short(error.message) });
    }
    return this.#known.size > before;
  }

  /** @returns those of which the registry gave nothing */
  async #askTogether(ids: readonly number[]): Promise<ReadonlyArray<{ readonly id: number; readonly error: Refused }>> {
    const refused = await Promise.all(ids.map((id) => this.#fetch(id)));
    return refused.flatMap((error, index) => (error ? [{ id: ids[index] as number, error }] : []));
  }

  /** @throws EssError ESS_REGISTRY */
  async #fetch(id: number): Promise<Refused | undefined> {
    if (!this.isMissing(id)) return undefined; // somebody else has asked meanwhile
    try {
      const type = await fetchSchema(this.#http, id);
      this.#known.set(id, { type, asWritten: { reader: new BoundedReader(resolveAvro(type, type)), as: 'itself' } });
      this.#unusable.delete(id);
      this.#witness.gave(id);
    } catch (error) {
      if (isAway(error)) throw away(error);
      if (error instanceof Refused) return error;
      this.#unusable.add(id, { why: short(messageOf(error)), subjects: await this.#subjectsOf(id) });
    }
    return undefined;
  }

  /** @returns null when the registry does not say */
  async #subjectsOf(id: number): Promise<readonly string[] | null> {
    try {
      const versions = listOf(await this.#http.ask('GET', `/schemas/ids/${id}/versions`))?.slice(0, VERSIONS_MAX);
      return versions?.map((version) => String((version as { subject?: unknown } | null)?.subject)) ?? null;
    } catch (error) {
      if (error instanceof EssError) return null;
      throw error;
    }
  }
}

/** By the usual names: of the topic, or of the topic and a record (Confluent's TopicNameStrategy and TopicRecordNameStrategy). */
function isOf(topic: string, subject: string): boolean {
  return subject.startsWith(`${topic}-`) && /^[\w.$]+$/.test(subject.slice(topic.length + 1));
}

export const short = (detail: string): string => detail.slice(0, DETAIL_CHARACTERS_MAX).toWellFormed();
