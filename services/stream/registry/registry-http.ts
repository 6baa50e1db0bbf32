// One question to the schema registry over its REST API (Confluent's, which Apicurio serves too). What answers there may be a
// login page, a proxy or a server gone wrong. So an answer is bounded in bytes and time, and must be the registry's JSON.
// Several addresses are tried in turn: a 4xx is an answer, whoever gives no answer or a 5xx is passed over.

import type { RegistryAccess, RegistryAddress, RegistryEndpoint } from '@ess/domain/stream/registry-access.ts';
import { openedRegistry } from '@ess/domain/stream/registry-access.ts';
import { boundedText, isShallow, TooLong } from '@ess/domain/text/bounded-text.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { fetchWith, whyNot } from './registry-tls.ts';

/** From the connection to the last byte. */
const TIMEOUT_MS = 10_000;
/** A registry answers in milliseconds: one that is silent for so long is passed over while there is another. */
const ELSEWHERE_AFTER_MS = 1_000;
/** A registry that restarts answers 5xx for a moment. */
const ONCE_MORE_MS = 100;
/** Kafka's own limit of a record, which the registry keeps a schema in, is 1 MB. */
const ANSWER_MAX_BYTES = 1_048_576;
/** An answer is an object of numbers and texts; references are one list of objects in it. */
const ANSWER_LEVELS = 8;
/** What the registry says goes into our error: one line of it. */
const MESSAGE_MAX_CHARS = 200;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

export interface RegistryAnswer {
  /** 2xx or 4xx. */
  readonly status: number;
  /** Of a 2xx it may be a list all the same: `expectDone` and `listOf` tell. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Who gave it, as it may be shown. */
  readonly from: string;
}

/** The answer looks like the registry's and is longer than we read: a schema that somebody registered. */
export class SchemaTooLong extends EssError {}

/** A schema that is too long is somebody's schema: it must not hold all records as a registry does that is away. */
export function isAway(error: unknown): error is EssError {
  return error instanceof EssError && !(error instanceof SchemaTooLong);
}

/** A registry that refuses us, 401 say, tells nothing about the record either. */
export function away(error: EssError): EssError {
  return error.code === 'ESS_REGISTRY' ? error : new EssError('ESS_REGISTRY', error.message, { cause: error });
}

/** A 4xx instead of a schema: it may be said of this one alone, or of all that we may ask for. */
export class Refused extends Error {
  readonly status: number;
  constructor({ status, body, from }: RegistryAnswer) {
    super(status === 404 ? 'the registry has no such schema' : told(status, body, from));
    this.status = status;
  }
}

/** A 5xx. */
class OutOfOrder extends EssError {}

export class RegistryHttp {
  readonly #access: RegistryAccess;
  readonly #stopped: AbortSignal | undefined;
  #fetch: Promise<typeof fetch> | undefined;
  /** The address that answered last: it is asked first. */
  #at = 0;

  /** @param address with the path of the API, e.g. http://127.0.0.1:8081/apis/ccompat/v7 */
  constructor(address: RegistryAddress, stopped?: AbortSignal) {
    this.#access = openedRegistry(address);
    this.#stopped = stopped;
  }

  /**
   * @param body JSON
   * @throws EssError ESS_REGISTRY when no registry answers, saying of each address why; SchemaTooLong
   */
  async ask(method: string, path: string, body?: string): Promise<RegistryAnswer> {
    const first = await this.#askInTurn(method, path, body);
    if ('status' in first) return first;
    if (!first.some((trouble) => trouble instanceof OutOfOrder)) throw together(first);
    await new Promise((resolve) => setTimeout(resolve, ONCE_MORE_MS));
    const second = await this.#askInTurn(method, path, body);
    if ('status' in second) return second;
    throw together(second);
  }

  /** @returns what was wrong with each, when none answered */
  async #askInTurn(method: string, path: string, body?: string): Promise<RegistryAnswer | EssError[]> {
    const { endpoints } = this.#access;
    const from = this.#at;
    const troubles: EssError[] = [];
    for (const turn of endpoints.keys()) {
      const at = (from + turn) % endpoints.length;
      const withinMs = turn === endpoints.length - 1 ? TIMEOUT_MS : ELSEWHERE_AFTER_MS;
      try {
        const answer = await this.#askOne(endpoints[at] as RegistryEndpoint, method, path, body, withinMs);
        this.#at = at;
        return answer;
      } catch (error) {
        if (!(error instanceof EssError) || error instanceof SchemaTooLong) throw error;
        troubles.push(error);
      }
    }
    return troubles;
  }

  async #askOne(
    { url, shown, authorization }: RegistryEndpoint,
    method: string,
    path: string,
    body: string | undefined,
    withinMs: number,
  ): Promise<RegistryAnswer> {
    const headers: Record<string, string> = { accept: `${CONTENT_TYPE}, application/json` };
    if (authorization !== undefined) headers['authorization'] = authorization;
    if (body !== undefined) headers['content-type'] = CONTENT_TYPE;
    let answer: Response | undefined;
    let text: string;
    try {
      this.#fetch ??= fetchWith(this.#access.tls);
      const ask = await this.#fetch;
      const timeout = AbortSignal.timeout(withinMs);
      const signal = this.#stopped ? AbortSignal.any([this.#stopped, timeout]) : timeout;
      answer = await ask(url + path, { method, headers, body: body ?? null, signal, redirect: 'manual' });
      text = answer.body === null ? '' : await boundedText(answer.body, ANSWER_MAX_BYTES);
    } catch (cause) {
      this.#stopped?.throwIfAborted();
      if (answer && cause instanceof TooLong) throw tooLong(answer, shown);
      throw new EssError('ESS_REGISTRY', `the schema registry at ${shown} does not answer: ${whyNot(cause)}`, {
        cause,
      });
    }
    const parsed = parse(text, answer.status, shown);
    if (answer.status < 500) return { status: answer.status, body: parsed, from: shown };
    throw new OutOfOrder('ESS_REGISTRY', told(answer.status, parsed, shown));
  }
}

/** The body of a 2xx. @throws EssError ESS_CONFIG for what was asked, or who asked */
export function expectDone({ status, body, from }: RegistryAnswer): RegistryAnswer['body'] {
  if (status >= 200 && status < 300) {
    if (Array.isArray(body)) throw nonsense(from, `${status} with a list`);
    return body;
  }
  const remedy = status === 401 ? ': set SCHEMA_REGISTRY_USERNAME and _PASSWORD, or SCHEMA_REGISTRY_TOKEN' : '';
  throw new EssError('ESS_CONFIG', told(status, body, from) + remedy);
}

/** The body of a 2xx that is a list; undefined when it is none. */
export const listOf = ({ body }: RegistryAnswer): readonly unknown[] | undefined =>
  Array.isArray(body) ? body : undefined;

/** An id, by the wire format 32 bits. @throws EssError ESS_REGISTRY */
export function idOf({ body, from }: RegistryAnswer): number {
  const { id } = body;
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return id;
  throw nonsense(from, 'the id of a schema is no number');
}

/** @throws EssError ESS_REGISTRY for an answer that is not as the API describes it */
export function nonsense(from: string, what: string): EssError {
  return new EssError('ESS_REGISTRY', `${from} answers as no schema registry does: ${what}`);
}

function together(troubles: readonly EssError[]): EssError {
  const [first] = troubles;
  if (first && troubles.length === 1) return first;
  return new EssError('ESS_REGISTRY', troubles.map(({ message }) => message).join('; '), { cause: first });
}

function told(status: number, body: RegistryAnswer['body'], from: string): string {
  const said = typeof body['message'] === 'string' ? body['message'] : 'no message';
  const message = said.slice(0, MESSAGE_MAX_CHARS).replaceAll(/\p{C}/gu, ' ');
  return `the schema registry at ${from} answered ${status}: ${message}`;
}

function tooLong({ status, headers }: Response, from: string): EssError {
  const isJson = /\bjson\b|\+json\b/.test(headers.get('content-type') ?? '');
  const message = `the schema registry at ${from} answered ${status} with more than ${ANSWER_MAX_BYTES} bytes`;
  return status === 200 && isJson ? new SchemaTooLong('ESS_REGISTRY', message) : new EssError('ESS_REGISTRY', message);
}

function parse(text: string, status: number, from: string): RegistryAnswer['body'] {
  let body: unknown;
  try {
    body = text === '' && status >= 200 && status < 300 ? {} : JSON.parse(text);
  } catch {
    throw nonsense(from, `${status} without JSON`);
  }
  const isOddList = Array.isArray(body) && (status < 200 || status > 299);
  if (typeof body !== 'object' || body === null || isOddList || !isShallow(body, ANSWER_LEVELS))
    throw nonsense(from, `${status} with JSON of another kind`);
  // Whoever does not know the path says 404 too, and says nothing about a schema.
  if (status < 200 || (status >= 300 && status < 400) || (status === 404 && !isTheirs(body)))
    throw nonsense(from, `${status}, and not in the registry's words; is the path of its API right?`);
  return body as RegistryAnswer['body'];
}

/** The registry's 404 carries a code of its own: 404, 40401, 40402 or 40403. */
function isTheirs(body: { error_code?: unknown }): boolean {
  return /^404\d{0,2}$/.test(String(body.error_code));
}
