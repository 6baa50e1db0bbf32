// One question to the schema registry over its REST API (Confluent's, which Apicurio serves too). What answers there may be a
// login page, a proxy or a server gone wrong. So an answer is bounded in bytes and time, and must be the registry's JSON.
import { boundedText, isShallow, TooLong } from '@ess/domain/text/bounded-text.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { maskedUrl, withoutCredentials } from '@ess/domain/text/masked-url.ts';

/** From the connection to the last byte. */
const TIMEOUT_MS = 10_000;
/** Kafka's own limit of a record, which the registry keeps a schema in, is 1 MB. */
const ANSWER_MAX_BYTES = 1_048_576;
/** An answer is an object of numbers and texts; references are one list of objects in it. */
const ANSWER_LEVELS = 8;
/** What the registry says goes into our error: one line of it. */
const MESSAGE_MAX_CHARS = 200;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

export interface RegistryAnswer {
  /** 2xx, 4xx or 5xx. */
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer looks like the registry's and is longer than we read: a schema that somebody registered. */
export class SchemaTooLong extends EssError {}

export class RegistryHttp {
  /** As it may be shown. */
  readonly shown: string;
  readonly #url: string;
  readonly #authorization: string | undefined;
  readonly #stopped: AbortSignal | undefined;

  /** @param url with the path of the API, e.g. http://127.0.0.1:8081/apis/ccompat/v7; a user and a password in it are sent as Basic */
  constructor(url: string, stopped?: AbortSignal) {
    const { url: plain, authorization } = withoutCredentials(url.replace(/\/+$/, ''));
    this.#url = plain.replace(/\/+$/, '');
    this.#authorization = authorization;
    this.#stopped = stopped;
    this.shown = maskedUrl(url).replace(/\/+$/, '');
  }

  /**
   * @param body JSON
   * @throws EssError ESS_REGISTRY when no registry answers; SchemaTooLong
   */
  async ask(method: string, path: string, body?: string): Promise<RegistryAnswer> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = this.#stopped ? AbortSignal.any([this.#stopped, timeout]) : timeout;
    const headers: Record<string, string> = { accept: `${CONTENT_TYPE}, application/json` };
    if (this.#authorization !== undefined) headers['authorization'] = this.#authorization;
    if (body !== undefined) headers['content-type'] = CONTENT_TYPE;
    let answer: Response | undefined;
    let text: string;
    try {
      answer = await fetch(this.#url + path, { method, headers, body: body ?? null, signal, redirect: 'manual' });
      text = answer.body === null ? '' : await boundedText(answer.body, ANSWER_MAX_BYTES);
    } catch (cause) {
      this.#stopped?.throwIfAborted();
      if (answer && cause instanceof TooLong) throw this.#tooLong(answer);
      throw new EssError('ESS_REGISTRY', `the schema registry at ${this.shown} does not answer`, { cause });
    }
    return { status: answer.status, body: this.#parse(text, answer.status) };
  }

  /** The body of a 2xx. @throws EssError ESS_CONFIG for what was asked, ESS_REGISTRY for the registry's own trouble */
  expect({ status, body }: RegistryAnswer): RegistryAnswer['body'] {
    if (status >= 200 && status < 300) return body;
    const said = typeof body['message'] === 'string' ? body['message'] : 'no message';
    const message = said.slice(0, MESSAGE_MAX_CHARS).replaceAll(/\p{C}/gu, ' ');
    throw new EssError(
      status >= 500 ? 'ESS_REGISTRY' : 'ESS_CONFIG',
      `the schema registry at ${this.shown} answered ${status}: ${message}`,
    );
  }

  /** @throws EssError ESS_REGISTRY for an answer that is not as the API describes it */
  nonsense(what: string): EssError {
    return new EssError('ESS_REGISTRY', `${this.shown} answers as no schema registry does: ${what}`);
  }

  /** An id, by the wire format 32 bits. @throws EssError ESS_REGISTRY */
  idOf({ id }: RegistryAnswer['body']): number {
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return id;
    throw this.nonsense('the id of a schema is no number');
  }

  #tooLong({ status, headers }: Response): EssError {
    const isJson = /\bjson\b|\+json\b/.test(headers.get('content-type') ?? '');
    const message = `the schema registry at ${this.shown} answered ${status} with more than ${ANSWER_MAX_BYTES} bytes`;
    return status === 200 && isJson
      ? new SchemaTooLong('ESS_REGISTRY', message)
      : new EssError('ESS_REGISTRY', message);
  }

  #parse(text: string, status: number): RegistryAnswer['body'] {
    let body: unknown;
    try {
      body = text === '' && status >= 200 && status < 300 ? {} : JSON.parse(text);
    } catch {
      throw this.nonsense(`${status} without JSON`);
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body) || !isShallow(body, ANSWER_LEVELS))
      throw this.nonsense(`${status} with JSON of another kind`);
    // Whoever does not know the path says 404 too, and says nothing about a schema.
    if (status < 200 || (status >= 300 && status < 400) || (status === 404 && !isTheirs(body)))
      throw this.nonsense(`${status}, and not in the registry's words; is the path of its API right?`);
    return body as RegistryAnswer['body'];
  }
}

/** The registry's 404 carries a code of its own: 404, 40401, 40402 or 40403. */
function isTheirs(body: { error_code?: unknown }): boolean {
  return /^404\d{0,2}$/.test(String(body.error_code));
}
