// Subjects of the schema registry, for people and set-up: what is registered, register, set compatibility.
// Records are encoded and decoded in codec.ts; this speaks the registry's REST API (Confluent's, which Apicurio serves too).

import { inlined } from '@ess/domain/avro/inlined.ts';
import { notAvro } from '@ess/domain/avro/not-avro.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { isShallow } from '@ess/domain/text/bounded-text.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { parseExact } from '@ess/domain/text/exact-number.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { RegistryAnswer } from './registry-http.ts';
import { expectDone, idOf, nonsense, RegistryHttp } from './registry-http.ts';

/** Four levels of JSON are one of a record in a record; what compares schemas walks them by recursion. */
const SCHEMA_LEVELS = 256;

/** Schemas that one schema may refer to, directly and through others. */
const REFERENCES_MAX = 64;

/** JSON, PROTOBUF: it goes into messages. */
const KIND_CHARACTERS_MAX = 20;

interface Reference {
  readonly subject: unknown;
  readonly version: unknown;
}

export interface RegisteredSchema {
  readonly id: number;
  readonly version: number;
  /** One that is not Avro says so: `isNotAvro`. */
  readonly schema: AvroSchemaJson;
}

/** For people. */
export const shownVersion = (subject: string, { id, version }: RegisteredSchema): string =>
  `schema id ${id} (version ${version} of ${subject})`;

export class Subjects {
  readonly #http: RegistryHttp;

  /** @param address with the path of the API, e.g. http://127.0.0.1:8081/apis/ccompat/v7 */
  constructor(address: RegistryAddress, stopped?: AbortSignal) {
    this.#http = new RegistryHttp(address, stopped);
  }

  /** The newest version of a subject, whole; undefined when it has none. */
  latest(subject: string): Promise<RegisteredSchema | undefined> {
    return this.version(subject, 'latest');
  }

  /** A version of a subject, whole: what it refers to is written out in it. Undefined when there is no such one. */
  async version(subject: string, version: number | 'latest'): Promise<RegisteredSchema | undefined> {
    const found = await this.#ask(subject, version);
    if (!found) return undefined;
    const asked = new Set<string>();
    const schema = inlined(found.schema, await this.#referred(found.references, asked));
    return { id: found.id, version: found.version, schema: schema as AvroSchemaJson };
  }

  async #ask(subject: string, version: number | 'latest') {
    const answer = await this.#http.ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`);
    if (answer.status === 404) return undefined;
    const { version: number, schema, references, schemaType } = expectDone(answer);
    if (typeof number !== 'number' || typeof schema !== 'string')
      throw nonsense(answer.from, 'an answer without version and schema');
    if ((schemaType ?? 'AVRO') !== 'AVRO') {
      const kind = String(schemaType).replace(/\W/g, '').slice(0, KIND_CHARACTERS_MAX);
      return { id: idOf(answer), version: number, schema: notAvro(kind), references: [] };
    }
    const refersTo = (Array.isArray(references) ? references : []) as Reference[];
    return { id: idOf(answer), version: number, schema: parsed(schema, answer), references: refersTo };
  }

  /** Those that it refers to, each behind those that it refers to itself. */
  async #referred(references: readonly Reference[], asked: Set<string>): Promise<AvroSchemaJson[]> {
    const found: AvroSchemaJson[] = [];
    for (const { subject, version } of references) {
      const place = `${subject} ${version}`;
      if (asked.has(place)) continue;
      asked.add(place);
      if (asked.size > REFERENCES_MAX)
        throw new EssError('ESS_CONFIG', `a schema of ${subject} refers to more than ${REFERENCES_MAX} others`);
      const referred = await this.#ask(String(subject), Number(version));
      if (!referred) continue;
      found.push(...(await this.#referred(referred.references, asked)), referred.schema);
    }
    return found;
  }

  /**
   * Registers a schema; registering one that is there already changes nothing.
   * @returns its id
   * @throws EssError ESS_CONFIG when it is not compatible with what is registered
   */
  async register(subject: string, schema: AvroSchemaJson): Promise<number> {
    const answer = await this.#http.ask(
      'POST',
      `/subjects/${encodeURIComponent(subject)}/versions`,
      JSON.stringify({ schema: JSON.stringify(schema) }),
    );
    if (answer.status === 409) {
      throw new EssError(
        'ESS_CONFIG',
        `the registry refuses the schema of ${subject}: "ess schemas check" names the field`,
      );
    }
    expectDone(answer);
    return idOf(answer);
  }

  async setCompatibility(subject: string, compatibility: 'BACKWARD'): Promise<void> {
    const body = JSON.stringify({ compatibility });
    expectDone(await this.#http.ask('PUT', `/config/${encodeURIComponent(subject)}`, body));
  }
}

function parsed(schema: string, { from }: RegistryAnswer): AvroSchemaJson {
  let json: unknown;
  try {
    // A default may be a long that no number holds.
    json = parseExact(schema);
  } catch {
    throw nonsense(from, 'a schema that is not JSON');
  }
  if (!isShallow(json, SCHEMA_LEVELS)) throw nonsense(from, `a schema nested more than ${SCHEMA_LEVELS} deep`);
  return json as AvroSchemaJson;
}
