// What goes out: the mapped document, the partner's credentials, the Standard Webhooks signature and our headers.
import { createHash, randomBytes } from 'node:crypto';
import type { Deliver } from '@ess/domain/connector.ts';
import { setPath } from '@ess/domain/paths.ts';
import { Webhook } from 'standardwebhooks';
import type { Outgoing } from './sender.ts';

export interface DeliveryFacts {
  readonly id: string;
  readonly eventId: string | null;
  readonly version: number;
  readonly attempt: number;
  readonly nowMs: number;
  readonly traceparent: string;
  readonly cursor?: string;
  readonly replayId?: string;
}

/** SHA-256, hex, of the body before credentials are added: equal rules have equal digests whatever the secret. */
export function digestOf(document: object): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex');
}

/** @param oauthToken the current token of `auth.oauth2ClientCredentials`, when the connector has it */
export function buildRequest(
  deliver: Deliver,
  document: Record<string, unknown>,
  facts: DeliveryFacts,
  oauthToken?: string,
): Outgoing {
  const body = JSON.stringify(withSecrets(document, deliver.auth.body));
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'ess/0.1',
    'webhook-id': facts.id,
    'webhook-timestamp': String(Math.floor(facts.nowMs / 1000)),
    'ess-rule-version': String(facts.version),
    'ess-attempt': String(facts.attempt),
    traceparent: facts.traceparent,
    ...deliver.auth.headers,
  };
  if (facts.eventId !== null) headers['ess-event-id'] = headerSafe(facts.eventId);
  if (facts.cursor !== undefined) headers['ess-cursor'] = facts.cursor;
  if (facts.replayId !== undefined) headers['ess-replay'] = facts.replayId;
  if (oauthToken !== undefined) headers['authorization'] = `Bearer ${oauthToken}`;
  if (deliver.signSecrets.length > 0)
    headers['webhook-signature'] = sign(deliver.signSecrets, facts.id, facts.nowMs, body);
  return { headers, body };
}

/**
 * The `webhook-signature` of Standard Webhooks (standardwebhooks.com, "Signature scheme"): one signature per secret,
 * separated by spaces, so that a partner accepts deliveries all through a rotation.
 */
export function sign(secrets: readonly string[], id: string, nowMs: number, body: string): string {
  return secrets.map((secret) => signerOf(secret).sign(id, new Date(nowMs), body)).join(' ');
}

const signers = new Map<string, Webhook>();

function signerOf(secret: string): Webhook {
  const known = signers.get(secret);
  if (known) return known;
  const fresh = new Webhook(secret);
  signers.set(secret, fresh);
  return fresh;
}

/** W3C Trace Context: the trace of the publisher goes on when the record carries one, else a new one starts here. */
export function traceparentOf(recordHeader: string | undefined): string {
  const parent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(recordHeader ?? '');
  return `00-${parent?.[1] ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-${parent?.[2] ?? '01'}`;
}

function withSecrets(document: Record<string, unknown>, secrets: Readonly<Record<string, string>> | undefined): object {
  if (!secrets) return document;
  const body = structuredClone(document);
  for (const [path, secret] of Object.entries(secrets)) setPath(body, path.split('.'), secret);
  return body;
}

/** A header holds visible ASCII; what a publisher wrote into its event id may be anything. */
function headerSafe(text: string): string {
  return /^[\x21-\x7e]{1,256}$/.test(text) ? text : encodeURIComponent(text.slice(0, 256).toWellFormed()); // slice may halve a pair
}
