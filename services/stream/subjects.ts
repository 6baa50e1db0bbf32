// Subjects of the schema registry, for people and set-up: what is registered, register, set compatibility.
// Records are encoded and decoded in codec.ts; this speaks the registry's REST API (Confluent's, which Apicurio serves too).
import { EssError } from '@ess/domain/error.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';

const TIMEOUT_MS = 10_000;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

export interface RegisteredSchema {
  readonly id: number;
  readonly version: number;
  readonly schema: AvroSchemaJson;
}

export class Subjects {
  readonly #url: string;
  readonly #signal: AbortSignal | undefined;

  /** @param url with the path of the API, e.g. http://127.0.0.1:8081/apis/ccompat/v7 */
  constructor(url: string, signal?: AbortSignal) {
    this.#url = url.replace(/\/+$/, '');
    this.#signal = signal;
  }

  /** The newest version of a subject; undefined when it has none. */
  async latest(subject: string): Promise<RegisteredSchema | undefined> {
    const answer = await this.#ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/latest`);
    if (answer.status === 404) return undefined;
    const { id, version, schema } = this.#expect(answer) as { id: number; version: number; schema: string };
    return { id, version, schema: JSON.parse(schema) as AvroSchemaJson };
  }

  /**
   * Registers a schema; registering one that is there already changes nothing.
   * @returns its id
   * @throws EssError ESS_CONFIG when it is not compatible with what is registered
   */
  async register(subject: string, schema: AvroSchemaJson): Promise<number> {
    const answer = await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}/versions`, {
      schema: JSON.stringify(schema),
    });
    if (answer.status === 409) {
      throw new EssError(
        'ESS_CONFIG',
        `the registry refuses the schema of ${subject}: "ess schemas check" names the field`,
      );
    }
    return (this.#expect(answer) as { id: number }).id;
  }

  async setCompatibility(subject: string, compatibility: 'BACKWARD'): Promise<void> {
    this.#expect(await this.#ask('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility }));
  }

  async #ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = this.#signal ? AbortSignal.any([this.#signal, timeout]) : timeout;
    let status: number;
    let text: string;
    try {
      const response = await fetch(this.#url + path, {
        method,
        signal,
        headers: { accept: `${CONTENT_TYPE}, application/json`, ...(body && { 'content-type': CONTENT_TYPE }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new EssError('ESS_REGISTRY', `the schema registry at ${this.#url} does not answer`, { cause });
    }
    return { status, body: this.#parse(text, status) };
  }

  #parse(text: string, status: number): unknown {
    try {
      return text === '' ? {} : JSON.parse(text);
    } catch (cause) {
      throw new EssError('ESS_REGISTRY', `${this.#url} is no schema registry: it answered ${status} without JSON`, {
        cause,
      });
    }
  }

  #expect({ status, body }: { status: number; body: unknown }): unknown {
    if (status >= 200 && status < 300) return body;
    const message = (body as { message?: unknown } | null)?.message ?? 'no message';
    throw new EssError(
      status >= 500 ? 'ESS_REGISTRY' : 'ESS_CONFIG',
      `the schema registry at ${this.#url} answered ${status}: ${message}`,
    );
  }
}
