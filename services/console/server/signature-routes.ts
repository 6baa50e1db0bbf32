// The signature tester: whether what a partner has received was signed by us, with the secret that stands in its connector. The secret
// stays here, and whoever asks often waits, so that nobody tries signatures on it.
import { createSignatureVerifier } from '@ess/runtime/access/webhook-signature.ts';
import type { FastifyInstance } from 'fastify';
import { notThere, tooMany } from '../rights/refused.ts';
import { must } from '../rights/subject.ts';

export interface SignatureOptions {
  /** Undefined: the partner signs nothing. */
  readonly secretsOf: (partner: string) => readonly string[] | undefined;
  readonly nowMs?: () => number;
}

const PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const SAID = {
  missing: 'these headers hold no webhook-id, webhook-timestamp and webhook-signature',
  malformed: 'webhook-id, webhook-timestamp or webhook-signature is incomplete, or written in another way than we do',
  mismatch:
    'not signed by us: the body, an id, a time or the secret is another one. Even one space more in the body is another body',
  timestamp: 'signed by us, at another time than now: a receiver refuses what is more than five minutes off',
} as const;

const BODY = {
  type: 'object',
  required: ['body', 'headers'],
  properties: {
    body: { type: 'string', maxLength: 60_000 },
    headers: { type: 'object', maxProperties: 100, additionalProperties: { type: 'string', maxLength: 4_000 } },
  },
  additionalProperties: false,
} as const;

export function addSignatureRoutes(api: FastifyInstance, { secretsOf, nowMs = Date.now }: SignatureOptions): void {
  const asked = new Map<string, { readonly sinceMs: number; times: number }>();
  api.post<{ Params: { name: string }; Body: { body: string; headers: Record<string, string> } }>(
    '/partners/:name/signature',
    { schema: { body: BODY } },
    async (request) => {
      const { name } = request.params;
      must(request, 'view', name);
      const secrets = secretsOf(name) ?? [];
      if (secrets.length === 0)
        throw notThere(`deliveries to ${name} are not signed: its connector has no sign.secrets`);
      count(asked, name, nowMs());
      const headers = Object.fromEntries(
        Object.entries(request.body.headers).map(([header, value]) => [header.trim().toLowerCase(), value.trim()]),
      );
      const verdict = createSignatureVerifier(secrets, nowMs)(headers, Buffer.from(request.body.body));
      return verdict.ok
        ? { signed: true, id: verdict.id, why: 'signed by us' }
        : { signed: verdict.reason === 'timestamp', id: null, why: SAID[verdict.reason] };
    },
  );
}

/** @throws with status 429 when a partner's secret was asked about too often */
function count(asked: Map<string, { readonly sinceMs: number; times: number }>, partner: string, nowMs: number): void {
  const known = asked.get(partner);
  const now = known && nowMs - known.sinceMs < MINUTE_MS ? known : { sinceMs: nowMs, times: 0 };
  now.times += 1;
  asked.set(partner, now);
  if (now.times > PER_MINUTE) throw tooMany('that often a signature is not looked at: wait a minute', MINUTE_MS / 1000);
}
