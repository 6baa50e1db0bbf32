// What a browser holds of a session: sealed in a cookie that no script reads and no other site has sent along but by a link.
import { randomBytes } from 'node:crypto';
import type { ConsoleAccess } from '@ess/runtime/settings/console-settings.ts';
import secureSession from '@fastify/secure-session';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { keyFor } from './keys.ts';
import type { Who } from './who.ts';

export interface Visit {
  readonly id: string;
  readonly who: Who;
  readonly beganMs: number;
  readonly seenMs: number;
}

/** Between the way to the issuer and back. */
export interface Leaving {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
}

declare module '@fastify/secure-session' {
  interface SessionData {
    visit: Visit;
    leaving: Leaving;
  }
}

const ID_BYTES = 18;
/** Written again no more often than this. */
const SEEN_EVERY_MS = 60_000;

export const isSecure = ({ publicUrl }: Pick<ConsoleAccess, 'publicUrl'>, hasTls: boolean): boolean =>
  hasTls || publicUrl?.startsWith('https:') === true;

/** @param secure whether browsers reach the console by TLS alone */
export async function addSessions(
  app: FastifyInstance,
  { keys, sessionMs }: ConsoleAccess,
  secure: boolean,
): Promise<void> {
  const own = keys.length > 0 ? keys : [randomBytes(32).toString('base64')];
  await app.register(secureSession, {
    cookieName: secure ? '__Host-ess-console' : 'ess-console',
    key: own.map((key) => keyFor('session', key)),
    expiry: sessionMs / 1000,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: Math.floor(sessionMs / 1000) },
  });
}

/** Nothing of a session before stays: neither what it was, nor its id. */
export function begin({ session }: FastifyRequest, who: Who, nowMs: number): Visit {
  session.regenerate();
  const begun = { id: randomBytes(ID_BYTES).toString('base64url'), who, beganMs: nowMs, seenMs: nowMs };
  session.set('visit', begun);
  return begun;
}

/** Somebody is there. */
export function seen({ session }: FastifyRequest, nowMs: number): void {
  const now = session.get('visit');
  if (now && nowMs - now.seenMs > SEEN_EVERY_MS) session.set('visit', { ...now, seenMs: nowMs });
}
