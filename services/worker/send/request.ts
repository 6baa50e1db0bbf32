// What goes out: the mapped document, the partner's credentials and our headers, and what the connector says of the request beside them.
// signature.ts signs it.
import { hash } from 'node:crypto';
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import { VERSION_HEADER } from '@ess/domain/delivery/version.ts';
import { bodyText } from '@ess/domain/request/form-body.ts';
import type { RequestParts } from '@ess/domain/request/request-plan.ts';
import { exactNumber } from '@ess/domain/text/exact-number.ts';
import { jsonWithSecrets, withSecrets } from '@ess/domain/text/with-secrets.ts';
import type { Outgoing } from './sender.ts';

export interface DeliveryFacts {
  readonly id: string;
  readonly eventId: string | null;
  readonly version: Version;
  readonly attempt: number;
  readonly nowMs: number;
  /** Both absent: the partner is told of no trace. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly cursor?: string | undefined;
  readonly replayId?: string | undefined;
}

/** SHA-256, hex, of a document before credentials are added: equal rules have equal digests whatever the secret. */
export function digestOf(json: string): string {
  return hash('sha256', json, 'hex');
}

/**
 * One record as a request.
 * @param oauthToken the current token of `auth.oauth2ClientCredentials`, when the connector has it
 * @param parts what the connector says of the request; absent: POST, JSON, the URL of the connector
 * @param json the document, where it is at hand as JSON
 */
export function buildRequest(
  deliver: Deliver,
  document: Record<string, unknown>,
  facts: DeliveryFacts,
  oauthToken?: string,
  parts?: RequestParts,
  json = JSON.stringify(document),
): Outgoing {
  const { body: kind = 'json' } = parts ?? {};
  const { body: secrets } = deliver.auth;
  const body =
    kind === 'json' ? jsonWithSecrets(json, document, secrets) : bodyText(kind, withSecrets(document, secrets));
  const headers = commonHeaders(deliver, facts.id, facts, oauthToken);
  headers[VERSION_HEADER] = String(facts.version);
  headers['ess-attempt'] = String(facts.attempt);
  if (facts.eventId !== null) headers['ess-event-id'] = headerSafe(facts.eventId);
  if (facts.cursor !== undefined) headers['ess-cursor'] = facts.cursor;
  if (facts.replayId !== undefined) headers['ess-replay'] = facts.replayId;
  return parts === undefined ? { headers, body } : withParts(headers, body, parts);
}

/** Names of `parts.headers` are none of ours, nor of `auth`. */
function withParts(headers: Record<string, string>, body: string, parts: RequestParts): Outgoing {
  const { method, path } = parts;
  Object.assign(headers, parts.headers);
  if (parts.body !== 'none') headers['content-type'] = parts.contentType;
  else delete headers['content-type'];
  return { method, path, headers, body: parts.body === 'none' ? null : body };
}

/**
 * Several records as one request, a POST unless `parts` says otherwise: an array of `{ id, eventId, version, attempt, data }`
 * (and `replay`), where `id` is what `webhook-id` is for a single one. The request's own `webhook-id` is a hash of theirs, so the same batch has the same id.
 */
export function buildBatchRequest(
  deliver: Deliver,
  parcels: ReadonlyArray<{ readonly document: Record<string, unknown>; readonly facts: DeliveryFacts }>,
  oauthToken?: string,
  parts?: RequestParts,
): Outgoing {
  const [first] = parcels as readonly [(typeof parcels)[number]];
  const body = JSON.stringify(
    parcels.map(({ document, facts: { id, eventId, version, attempt, replayId } }) => ({
      id,
      eventId,
      version: typeof version === 'bigint' ? exactNumber(String(version)) : version,
      attempt,
      ...(replayId === undefined ? {} : { replay: replayId }),
      data: withSecrets(document, deliver.auth.body),
    })),
  );
  const ids = parcels.map(({ facts }) => facts.id).join('\n');
  const batchId = hash('sha256', ids, 'buffer').toString('base64url', 0, 16);
  const headers = commonHeaders(deliver, batchId, first.facts, oauthToken);
  headers['ess-batch-size'] = String(parcels.length);
  return parts === undefined ? { headers, body } : withParts(headers, body, parts);
}

function commonHeaders(
  deliver: Deliver,
  id: string,
  { nowMs, traceparent, tracestate }: DeliveryFacts,
  oauthToken: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'ess/0.1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
  };
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  if (tracestate !== undefined) headers['tracestate'] = tracestate;
  Object.assign(headers, deliver.auth.headers);
  if (oauthToken !== undefined) headers['authorization'] = `Bearer ${oauthToken}`;
  if (deliver.signSecrets.length > 0) headers['webhook-signature'] = ''; // its place among them; signature.ts fills it
  return headers;
}

/** A header holds visible ASCII; what a publisher wrote into its event id may be anything. */
function headerSafe(text: string): string {
  return /^[\x21-\x7e]{1,256}$/.test(text) ? text : encodeURIComponent(text.slice(0, 256).toWellFormed()); // slice may halve a pair
}
