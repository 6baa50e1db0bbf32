// One request, step by step: understand the text, know the caller, keep the rate, map and check the fields, publish once.
// Every way this can end is an Answer; nothing here knows about HTTP servers.
import { randomUUID } from 'node:crypto';
import type { Connector, InboundHook } from '@ess/domain/connector/connector.ts';
import type { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import type { ReadBody, Stamps } from '@ess/domain/mapping/inbound-body.ts';
import { compileBody } from '@ess/domain/mapping/inbound-body.ts';
import { parseStrictJson } from '@ess/domain/mapping/strict-json.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isRefused } from '@ess/stream/write/refusal.ts';
import type { Caller, Gate, GateRefusal } from './gate.ts';
import type { HookTopic } from './hook-topic.ts';
import { LIMITS } from './limits.ts';
import type { ProblemAnswer } from './problem.ts';

export interface Door {
  readonly hook: InboundHook;
  readonly partner: string;
  readonly gate: Gate;
  readonly rate: RateLimit;
  readonly read: (body: object, stamps: Stamps) => ReadBody;
  readonly encode: (record: object) => Buffer;
  readonly topic: HookTopic;
}

/** A closed list: outcomes are labels of metrics. */
export type Outcome =
  | 'published'
  | 'repeated'
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
}

export type Knock = Omit<Caller, 'document'>;

const RETRY_SOON_S = 2;

export function openDoor(
  connector: Connector,
  hook: InboundHook,
  schema: AvroSchemaJson,
  parts: Pick<Door, 'gate' | 'rate' | 'encode' | 'topic'>,
): Door {
  return { hook, partner: connector.partner, read: compileBody(hook.mapping, schema), ...parts };
}

/**
 * @param door undefined: there is none at this path; `wall` then does the work of a gate
 * @param admit told when the gate has opened; false: there is no room for more just now
 */
export async function knock(
  door: Door | undefined,
  wall: Gate,
  { headers, body, ...more }: Knock,
  admit: () => boolean = () => true,
): Promise<DoorAnswer> {
  const document = parseBody(body);
  if ('problem' in document) return document;
  const caller: Caller = { headers, body, document: document.value, ...more };
  const verdict = await (door?.gate ?? wall)(caller);
  if (!verdict.ok) return unauthorized(door === undefined ? 'unknown-hook' : verdict.reason);
  // The wall never opens; the types do not know.
  if (door === undefined) return unauthorized('unknown-hook');
  if (!admit()) return { outcome: 'overloaded', problem: unavailable('too busy now') };
  const waitMs = door.rate.take(performance.now());
  if (waitMs > 0) return limited(waitMs);
  const key = idempotencyKey(headers, verdict.signedId);
  if (key === null)
    return bad('malformed', `the idempotency key is not 1 to ${LIMITS.idempotencyKeyChars} visible ASCII characters`);
  const stamps: Stamps = { eventId: key ?? randomUUID(), partner: door.partner, receivedAt: Date.now() };
  const read = door.read(document.value, stamps);
  if (!read.ok)
    return {
      outcome: 'invalid',
      ...(key !== undefined && { key }),
      problem: { status: 400, detail: 'fields of the body are wrong; errors names each', errors: read.faults },
    };
  return { ...(await publish(door, key, read.record)), ...(key !== undefined && { key }) };
}

function parseBody(body: Buffer): { value: object } | (DoorAnswer & { problem: ProblemAnswer }) {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    return bad('malformed', 'the body is not UTF-8');
  }
  const parsed = parseStrictJson(text, LIMITS.jsonDepth);
  if (!parsed.ok) {
    const pointer = `#${parsed.path.map((step) => `/${encodeURIComponent(String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`;
    return {
      outcome: 'malformed',
      problem: {
        status: 400,
        detail: `the body ${parsed.path.length === 0 ? parsed.message : 'cannot be taken as it is'}`,
        errors: [{ pointer, expected: 'JSON that can be read in one way only', detail: parsed.message }],
      },
    };
  }
  const { value } = parsed;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value };
  return bad('malformed', 'the body must be a JSON object');
}

/** Bytes that are no UTF-8 are refused, and a byte order mark stays in the text, where no JSON begins with it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns undefined: none was sent; null: it cannot be used */
function idempotencyKey(headers: Caller['headers'], signedId: string | undefined): string | undefined | null {
  // What a signature covers is its id: beside it, another header could be anybody's.
  const given = signedId ?? headers['webhook-id'] ?? headers['idempotency-key'];
  if (given === undefined) return undefined;
  // The draft of the Idempotency-Key header has it in double quotes.
  const key = String(given).replace(/^"(.*)"$/, '$1');
  return /^[\x21-\x7e]+$/.test(key) && key.length <= LIMITS.idempotencyKeyChars ? key : null;
}

async function publish(door: Door, key: string | undefined, record: object): Promise<DoorAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, LIMITS.publishMs, 'late');
  });
  try {
    const value = door.encode(record);
    const done = door.topic.publish({ partner: door.partner, key, value });
    const outcome = await Promise.race([done, late]);
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
