// How a request is made of a record, where the connector says more than "POST JSON to this URL". Compiled once per connector.

import { unformable } from './form-body.ts';
import type { HeaderTemplates } from './header-template.ts';
import type { BodyKind } from './media-type.ts';
import type { Template } from './template.ts';
import { Unfillable } from './template.ts';

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the connector says of one request; the body follows from the document. */
export interface RequestParts {
  readonly method: Method;
  /** Path and query as they are sent. */
  readonly path: string;
  readonly contentType: string;
  /** Name in lower case → value; beside those of ESS and of `auth`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyKind | 'none';
}

export type Filled =
  | { readonly ok: true; readonly parts: RequestParts }
  | { readonly ok: false; readonly reason: string };

export interface PlanOptions extends Omit<RequestParts, 'path' | 'headers'> {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query: as they are, or to be filled. */
  readonly target: string | Template;
  readonly shown: string;
  readonly headers: HeaderTemplates;
}

export class RequestPlan {
  readonly method: Method;
  readonly contentType: string;
  readonly body: RequestParts['body'];
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query for people: with placeholders, and without the values of the query. */
  readonly shown: string;
  readonly #target: Template | undefined;
  readonly #headers: HeaderTemplates;
  /** What is the same for all records; whole when nothing is to be filled. */
  readonly #constant: RequestParts;

  constructor({ method, contentType, body, origin, target, shown, headers }: PlanOptions) {
    this.method = method;
    this.contentType = contentType;
    this.body = body;
    this.origin = origin;
    this.shown = shown;
    this.#target = typeof target === 'string' ? undefined : target;
    this.#headers = headers;
    const path = typeof target === 'string' ? target : '';
    this.#constant = { method, contentType, body, path, headers: headers.constant };
  }

  /** Whether every record makes the same request line and headers, as a batch needs it. */
  get isConstant(): boolean {
    return this.#target === undefined && this.#headers.filled.length === 0;
  }

  /** @returns the parts, or why there are none, beginning with `mapping: ` */
  fill(record: object, document: object): Filled {
    const list = this.body === 'form' ? unformable(document) : undefined;
    if (list !== undefined) return { ok: false, reason: `mapping: ${list}: a form has no place for a list of records` };
    if (this.isConstant) return { ok: true, parts: this.#constant };
    try {
      return { ok: true, parts: this.#filled(record) };
    } catch (error) {
      if (error instanceof Unfillable) return { ok: false, reason: `mapping: ${error.message}` };
      throw error;
    }
  }

  #filled(record: object): RequestParts {
    const path = this.#target?.fill(record) ?? this.#constant.path;
    const headers: Record<string, string> = { ...this.#headers.constant };
    for (const [name, template] of this.#headers.filled) headers[name] = template.fill(record);
    return { ...this.#constant, path, headers };
  }
}
