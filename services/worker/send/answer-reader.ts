// What a connector wants to know of an answer beyond its status: `ackWhen` of a 409, `ack` of the rest, and `batch.answer` of what became
// of each record of a batch. A connector that says none of them has no reader, and its answers cost nothing more.
import type { Ack, AckWhen, Deliver } from '@ess/domain/connector/connector.ts';
import type { AnswerClass, Meaning } from '@ess/domain/delivery/outcome.ts';
import { is2xx } from '@ess/domain/delivery/outcome.ts';
import { parseExact } from '@ess/domain/text/exact-number.ts';
import type { Path } from '@ess/domain/text/paths.ts';
import { parsePath, readPath, showPath } from '@ess/domain/text/paths.ts';
import type { AnswerBody } from './answer-body.ts';
import type { Names, SentRecord } from './batch-answer.ts';
import { BatchAnswerReader } from './batch-answer.ts';

/** What is read of an answer; nothing: its status decides. */
export interface Reading {
  readonly newer?: true;
  readonly means?: Meaning;
  readonly items?: ReadonlyArray<number | null>;
}

export interface AnswerReader {
  /** Whether the body is part of an answer with this status. */
  readsBody(status: number): boolean;
  read(status: number, headers: Record<string, unknown>, body: AnswerBody): Reading;
}

const NOTHING: Reading = {};
const ELSE: Readonly<Record<Ack['else'], AnswerClass>> = { refuse: 'record', retry: 'endpoint', hold: 'hold' };

/** What a connector says of answers. */
export type Acks = Pick<Deliver, 'ack' | 'ackWhen' | 'batch'>;

/** Compiled once per connector. */
const compiled = new WeakMap<Acks, ConnectorReader>();

/**
 * @param sent the records of the request, where the connector says how the answer names them
 * @returns undefined when the status is all there is to know
 */
export function answerReader(deliver: Acks, sent: readonly SentRecord[]): AnswerReader | undefined {
  return answerReaderBy(deliver, namesOf(deliver, sent));
}

/** The same by the names of the records alone. */
export function answerReaderBy(deliver: Acks, names: Names): AnswerReader | undefined {
  const reader = readerOf(deliver);
  return deliver.batch?.answer ? reader?.of(names) : reader;
}

/** What an answer may call the records of a request; none where it does not speak of each. */
export function namesOf(deliver: Acks, sent: readonly SentRecord[]): Names {
  return readerOf(deliver)?.namesOf(sent) ?? [];
}

function readerOf(deliver: Acks): ConnectorReader | undefined {
  if (!deliver.ack && !deliver.ackWhen && !deliver.batch?.answer) return undefined;
  const reader = compiled.get(deliver) ?? new ConnectorReader(deliver);
  compiled.set(deliver, reader);
  return reader;
}

class ConnectorReader implements AnswerReader {
  readonly #ack: Ack | undefined;
  readonly #ackWhen: AckWhen | undefined;
  readonly #ackBody: Expected;
  readonly #newerBody: Expected;
  readonly #batch: BatchAnswerReader | undefined;

  constructor({ ack, ackWhen, batch }: Acks) {
    this.#ack = ack;
    this.#ackWhen = ackWhen;
    this.#ackBody = expected(ack?.body);
    this.#newerBody = expected(ackWhen?.body);
    this.#batch = batch?.answer && new BatchAnswerReader(batch.answer);
  }

  of(names: Names): AnswerReader {
    return {
      readsBody: (status) => this.readsBody(status),
      read: (status, headers, body) => this.read(status, headers, body, names),
    };
  }

  namesOf(sent: readonly SentRecord[]): Names | undefined {
    return this.#batch?.namesOf(sent);
  }

  readsBody(status: number): boolean {
    if (status === 409 && this.#newerBody.length > 0) return true;
    if (this.#batch && is2xx(status)) return true;
    return this.#ackBody.length > 0 && (is2xx(status) || this.#lists(status));
  }

  read(status: number, headers: Record<string, unknown>, body: AnswerBody, names: Names = []): Reading {
    if (status === 409 && this.#ackWhen && this.#saysNewer(this.#ackWhen, headers, body)) return { newer: true };
    // A 207 says nothing of the whole: each record goes by what it says of that one.
    const whole = this.#batch && status === 207 ? NOTHING : this.#whole(status, headers, body);
    const isAck = whole.means ? whole.means.class === 'ack' : is2xx(status);
    return this.#batch && isAck ? this.#byItem(this.#batch, status, body, names, whole) : whole;
  }

  #whole(status: number, headers: Record<string, unknown>, body: AnswerBody): Reading {
    const ack = this.#ack;
    if (!ack || (!is2xx(status) && !this.#lists(status))) return NOTHING;
    const unmet = (why: string): Reading =>
      is2xx(status)
        ? { means: { class: ELSE[ack.else], code: 'not-acked', why: `the partner answered ${status}, but ${why}` } }
        : NOTHING;
    if (ack.status && !this.#lists(status)) return unmet(`ack.status names ${ack.status.join(', ')}`);
    const header = Object.entries(ack.header ?? {}).find(([name, value]) => headerIn(headers, name) !== value);
    if (header) return unmet(`the header ${header[0]} is not what ack.header says`);
    if (this.#ackBody.length > 0) {
      const answer = jsonOf(body);
      if ('why' in answer) return is2xx(status) ? unreadable(answer.why) : NOTHING;
      const wrong = this.#ackBody.find(({ path, value }) => readPath(answer.value, path) !== value);
      if (wrong) return unmet(`${showPath(wrong.path)} in it is not what ack.body says`);
    }
    return { means: { class: 'ack', code: 'acked', why: '' } };
  }

  #byItem(batch: BatchAnswerReader, status: number, body: AnswerBody, names: Names, whole: Reading): Reading {
    const answer = jsonOf(body, parseExact); // a number may be the name of a record
    if ('why' in answer) return unreadable(answer.why);
    const items = batch.read(answer.value, names);
    if (items) return { items };
    // Many say 207 only when records differ, and nothing of each when all are well.
    return status === 207 ? unreadable('the answer has no list where batch.answer.items says') : whole;
  }

  #saysNewer({ header }: AckWhen, headers: Record<string, unknown>, body: AnswerBody): boolean {
    if (!Object.entries(header ?? {}).every(([name, value]) => headerIn(headers, name) === value)) return false;
    if (this.#newerBody.length === 0) return true;
    const answer = jsonOf(body);
    return 'value' in answer && this.#newerBody.every(({ path, value }) => readPath(answer.value, path) === value);
  }

  #lists(status: number): boolean {
    return this.#ack?.status?.includes(status) ?? false;
  }
}

/** What came several times is one list (RFC 9110 §5.3). */
function headerIn(headers: Record<string, unknown>, name: string): unknown {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

type Expected = ReadonlyArray<{ readonly path: Path; readonly value: unknown }>;

function expected(body: Ack['body']): Expected {
  return Object.entries(body ?? {}).map(([text, value]) => {
    const parsed = parsePath(text);
    // A path that is none, which check refuses, is met by no answer.
    return 'path' in parsed ? { path: parsed.path, value } : { path: [], value: Symbol(text) };
  });
}

const unreadable = (why: string): Reading => ({ means: { class: 'endpoint', code: 'unreadable-answer', why } });

/** What has no body says nothing: that is no trouble, but meets no condition. */
function jsonOf(
  body: AnswerBody,
  parse: (text: string) => unknown = JSON.parse,
): { readonly value: unknown } | { readonly why: string } {
  if ('why' in body) return body;
  const text = body.text();
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: parse(text) };
  } catch {
    return { why: 'the body of the answer is no JSON' };
  }
}
