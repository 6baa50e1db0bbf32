// Subjects of the schema registry, for people and set-up: what is registered, register, set compatibility.
// Records are encoded and decoded in codec.ts; this speaks the registry's REST API (Confluent's, which Apicurio serves too).

import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { isShallow } from '@ess/domain/text/bounded-text.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { RegistryAnswer } from './registry-http.ts';
import { expectDone, idOf, nonsense, RegistryHttp } from './registry-http.ts';

/** Four levels of JSON are one of a record in a record; what compares schemas walks them by recursion. */
const SCHEMA_LEVELS = 256;

export interface RegisteredSchema {
  readonly id: number;
  readonly version: number;
  readonly schema: AvroSchemaJson;
}

export class Subjects {
  readonly #http: RegistryHttp;

  /** @param address with the path of the API, e.g. http://127.0.0.1:8081/apis/ccompat/v7 */
  constructor(address: RegistryAddress, stopped?: AbortSignal) {
    this.#http = new RegistryHttp(address, stopped);
  }

  /** The newest version of a subject; undefined when it has none. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const answer = await this.#http.ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/latest`);
    if (answer.status === 404) return undefined;
    const { version, schema } = expectDone(answer);
    if (typeof version !== 'number' || typeof schema !== 'string')
      throw nonsense(answer.from, 'an answer without version and schema');
    return { id: idOf(answer), version, schema: parsed(schema, answer) };
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
    json = JSON.parse(schema);
  } catch {
    throw nonsense(from, 'a schema that is not JSON');
  }
  if (!isShallow(json, SCHEMA_LEVELS)) throw nonsense(from, `a schema nested more than ${SCHEMA_LEVELS} deep`);
  return json as AvroSchemaJson;
}
