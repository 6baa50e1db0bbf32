// What a request brings: one event, or several in an array; understood as far as the door reads it.
import type { InboundHook } from '@ess/domain/connector/connector.ts';
import { readsOf } from '@ess/domain/mapping/read-parts.ts';
import type { JsonFault, Reads } from '@ess/domain/mapping/strict-json.ts';
import { readJson } from '@ess/domain/mapping/strict-json.ts';
import type { BodyKind } from '@ess/domain/request/media-type.ts';
import { pointerOf } from '@ess/domain/text/paths.ts';
import type { FormField } from './form-body.ts';
import { mappedFields, readForm, secretField } from './form-body.ts';
import { LIMITS } from './limits.ts';
import type { ProblemAnswer } from './problem.ts';

/** What a door reads of a body. */
export interface Reading {
  readonly json: Reads;
  readonly form: readonly FormField[];
  /** What it publishes of it. */
  readonly published: Reads;
}

export interface RingBody {
  readonly documents: readonly object[];
  /** An array was sent, though it may hold one event. */
  readonly isList: boolean;
  /** The first thing that is wrong in what is read. Told only to who may ring: it says what the door reads. */
  readonly fault?: JsonFault;
}

export function readingOf(hook: InboundHook): Reading {
  const secrets = Object.keys(hook.auth.body ?? {}).map((path) => path.split('.'));
  const targets = hook.mapping.fields.map(({ target }) => target);
  const { challenge } = hook.handshake;
  const greeting = challenge ? ['type', challenge.parameter, challenge.token?.parameter ?? 'type'] : [];
  return {
    json: readsOf([...targets, ...secrets, ...greeting.map((name) => [name])]),
    form: [...mappedFields(hook), ...secrets.map(secretField)],
    published: readsOf(targets),
  };
}

/** Where there is no door. */
export const NO_DOOR: Reading = {
  json: readsOf([['auth']]),
  form: [secretField(['auth'])],
  published: readsOf([]),
};

/** What is refused here is refused at every path, whatever there is. */
export function understand(body: Buffer, kind: BodyKind, reading: Reading): RingBody | ProblemAnswer {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    return bad('the body is not UTF-8');
  }
  if (kind === 'form') {
    const { document, fault } = readForm(text, reading.form);
    return { documents: [document], isList: false, ...(fault && { fault }) };
  }
  const parsed = readJson(text, LIMITS.jsonDepth, reading.json);
  if (!parsed.ok) return faultProblem(parsed);
  const { value, fault } = parsed;
  const isList = Array.isArray(value);
  const documents: readonly unknown[] = isList ? value : [value];
  if (documents.length > LIMITS.events)
    return { status: 413, detail: `an array of more than ${LIMITS.events} events; send them in several` };
  const strange = documents.findIndex((one) => typeof one !== 'object' || one === null || Array.isArray(one));
  if (strange < 0) return { documents: documents as readonly object[], isList, ...(fault && { fault }) };
  if (!isList) return bad('the body must be a JSON object, or an array of them');
  return faultProblem({ path: [strange], message: 'is no event: it must be a JSON object' });
}

/** Bytes that are no UTF-8 are refused, and a byte order mark stays in the text, where no JSON begins with it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function faultProblem({ path, message }: JsonFault): ProblemAnswer {
  return {
    status: 400,
    detail: `the body ${path.length === 0 ? message : 'cannot be taken as it is'}`,
    errors: [{ pointer: pointerOf(path), expected: 'what can be read in one way only', detail: message }],
  };
}

const bad = (detail: string): ProblemAnswer => ({ status: 400, detail });
