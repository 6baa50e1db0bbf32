// One request, step by step: understand the text, know the caller, keep the rate, map and check the fields, publish once: all
// of its events or none.
// Every way this can end is an Answer; nothing here knows about HTTP servers.
import type { Connector, InboundHook } from '@ess/domain/connector/connector.ts';
import type { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { digestOfParts } from '@ess/domain/mapping/read-parts.ts';
import type { BodyKind } from '@ess/domain/request/media-type.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { notAccepted } from '@ess/runtime/listener/media-type.ts';
import type { TraceContext } from '@ess/runtime/trace/context.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isRefused } from '@ess/stream/write/refusal.ts';
import type { DoorEvent, EventReader } from './door-events.ts';
import { compileEvents } from './door-events.ts';
import type { Caller, Gate, GateRefusal } from './gate.ts';
import type { Greeting } from './handshake.ts';
import { answerVerification } from './handshake.ts';
import type { HookTopic, Published, Ring } from './hook-topic.ts';
import { LIMITS } from './limits.ts';
import type { ProblemAnswer } from './problem.ts';
import type { Reading } from './ring-body.ts';
import { faultProblem, NO_DOOR, readingOf, understand } from './ring-body.ts';

export interface Door {
  readonly hook: InboundHook;
  readonly partner: string;
  readonly gate: Gate;
  readonly rate: RateLimit;
  /** Partner and path: whose idempotency keys those are. */
  readonly name: string;
  readonly reading: Reading;
  readonly events: EventReader;
  readonly encode: (record: object) => Buffer;
  readonly topic: HookTopic;
}

/** A closed list: outcomes are labels of metrics. */
export type Outcome =
  | 'published'
  | 'repeated'
  | 'handshake'
  | 'key-reused'
  | 'unsupported'
  | 'malformed'
  | 'unauthorized'
  | 'limited'
  | 'invalid'
  | 'kafka-away'
  | 'keys-away'
  | 'overloaded'
  | 'too-large'
  | 'failed';

export interface DoorAnswer {
  readonly outcome: Outcome;
  /** Absent: 204. */
  readonly problem?: ProblemAnswer;
  readonly refusal?: GateRefusal | 'unknown-hook';
  readonly key?: string;
  /** How many came as an array. */
  readonly events?: number;
  /** What a sender that asked first is answered: 200. */
  readonly greeting?: Greeting;
}

export interface Knock extends Omit<Caller, 'documents'> {
  readonly kind?: BodyKind;
  /** Where the request stands in a trace. */
  readonly trace?: TraceContext | undefined;
}

const RETRY_SOON_S = 2;

export function openDoor(
  connector: Connector,
  hook: InboundHook,
  schema: AvroSchemaJson,
  parts: Pick<Door, 'gate' | 'rate' | 'encode' | 'topic'>,
): Door {
  const { partner } = connector;
  const name = `${partner} ${hook.path}`;
  return { hook, partner, name, reading: readingOf(hook), events: compileEvents(connector, hook, schema), ...parts };
}

/**
 * @param door undefined: there is none at this path; `wall` then does the work of a gate
 * @param admit told when the gate has opened; false: there is no room for more just now
 */
export async function knock(
  door: Door | undefined,
  wall: Gate,
  { headers, body, kind = 'json', trace, ...more }: Knock,
  admit: () => boolean = () => true,
): Promise<DoorAnswer> {
  const understood = understand(body, kind, door?.reading ?? NO_DOOR);
  if ('status' in understood)
    return { outcome: understood.status === 413 ? 'too-large' : 'malformed', problem: understood };
  const { documents, isList, fault } = understood;
  const [first] = documents;
  const greeting = door && !isList && first && answerVerification(door.hook.handshake, first);
  if (greeting) return { outcome: 'handshake', greeting };
  const verdict = await (door?.gate ?? wall)({ headers, body, documents, ...more });
  if (!verdict.ok) return unauthorized(door === undefined ? 'unknown-hook' : verdict.reason);
  // The wall never opens; the types do not know.
  if (door === undefined) return unauthorized('unknown-hook');
  if (!admit()) return { outcome: 'overloaded', problem: unavailable('too busy now') };
  const { accept } = door.hook;
  if (!accept.includes(kind)) return { outcome: 'unsupported', problem: notAccepted(accept) };
  const waitMs = door.rate.take(performance.now(), Math.max(1, documents.length));
  if (waitMs > 0) return limited(waitMs);
  if (fault) return { outcome: 'malformed', problem: faultProblem(fault) };
  const key = idempotencyKey(headers, verdict.signedId);
  if (key === null)
    return bad('malformed', `the idempotency key is not 1 to ${LIMITS.idempotencyKeyChars} visible ASCII characters`);
  const marks = { ...(key !== undefined && { key }), ...(isList && { events: documents.length }) };
  const read = door.events(understood, key);
  if (!read.ok) {
    const detail = 'fields of the body are wrong; errors names each';
    return { outcome: 'invalid', ...marks, problem: { status: 400, detail, errors: read.faults } };
  }
  const digest = key === undefined ? undefined : digestOfParts(documents, door.reading.published);
  return { ...(await publish(door, { key, digest, trace }, read.events)), ...marks };
}

/** @returns undefined: none was sent; null: it cannot be used */
function idempotencyKey(headers: Caller['headers'], signedId: string | undefined): string | undefined | null {
  // What a signature covers is its id: beside it, another header could be anybody's.
  const given = signedId ?? headers['webhook-id'] ?? headers['idempotency-key'];
  if (given === undefined) return undefined;
  // The draft of the Idempotency-Key header has it in double quotes.
  const key = String(given).replace(/^"(.*)"$/, '$1');
  return /^[\x21-\x7e]+$/.test(key) && key.length <= LIMITS.idempotencyKeyChars ? key : null;
}

async function publish(
  door: Door,
  ring: Pick<Ring, 'key' | 'digest' | 'trace'>,
  events: readonly DoorEvent[],
): Promise<DoorAnswer> {
  if (events.length === 0) return { outcome: 'published' };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, LIMITS.publishMs, 'late');
  });
  try {
    const records = events.map((event) => ({ key: event.key, value: door.encode(event.record) }));
    const done: Promise<Published> = door.topic.publish({
      partner: door.partner,
      door: door.name,
      ...ring,
      records,
    });
    const outcome = await Promise.race([done, late]);
    if (outcome === 'key-reused') return { outcome, problem: REUSED };
    if (outcome !== 'late') return { outcome };
    done.catch(() => undefined); // told already, as late
  } catch (error) {
    // Nothing that can be tried again: Kafka would refuse it for ever.
    if (isRefused(error))
      return { outcome: 'too-large', problem: { status: 413, detail: 'the event is larger than its topic takes' } };
    if (!(error instanceof EssError) || error.code !== 'ESS_BROKER') throw error;
  } finally {
    clearTimeout(timer);
  }
  return { outcome: 'kafka-away', problem: unavailable('the event cannot be stored now') };
}

const REUSED: ProblemAnswer = {
  status: 422,
  detail: 'this idempotency key came with another body before: give each event a key of its own',
};

export function unavailable(detail: string): ProblemAnswer {
  // Spread, or all who were refused come back at once.
  const afterS = RETRY_SOON_S + Math.floor(Math.random() * RETRY_SOON_S);
  return { status: 503, detail, headers: { 'retry-after': String(afterS) } };
}

function unauthorized(refusal: GateRefusal | 'unknown-hook'): DoorAnswer {
  if (refusal === 'jwt-keys-away')
    return { outcome: 'keys-away', refusal, problem: unavailable('credentials cannot be checked now') };
  return { outcome: 'unauthorized', refusal, problem: { status: 401, detail: 'no valid credentials for this path' } };
}

function limited(waitMs: number): DoorAnswer {
  const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
  return { outcome: 'limited', problem: { status: 429, detail: 'more calls than agreed', headers } };
}

function bad(outcome: Outcome, detail: string): DoorAnswer & { problem: ProblemAnswer } {
  return { outcome, problem: { status: 400, detail } };
}
