// How people come in, when not everybody on this machine may do everything.
import type { Log } from '@ess/runtime/log/log.ts';
import type { ConsoleSettings } from '@ess/runtime/settings/console-settings.ts';
import type { Gate } from '../rights/gate.ts';
import { addSessions, isSecure } from '../rights/session.ts';
import { Oidc } from '../rights/sign-in/oidc.ts';
import { addSignIn } from '../rights/sign-in/routes.ts';
import type { Entry } from './app.ts';

export function entryOf({ access, tls }: ConsoleSettings, gate: Gate, log: Pick<Log, 'warn'>): Entry {
  const { oidc, tokens } = access;
  const ways = { gate, tokens: tokens !== undefined, ...(oidc && { oidc: new Oidc(oidc) }) };
  const onFailed = (error: unknown, way: string): void =>
    log.warn({ error: causes(error), way }, 'console.sign-in-failed');
  return {
    begin: (app) => addSessions(app, access, isSecure(access, tls !== undefined)),
    addRoutes: (app) => addSignIn(app, { ...ways, onFailed }),
    isSignedIn: (request) => gate.find(request) !== undefined,
  };
}

/** What a client says alone is often that something was wrong. */
function causes(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return `${error}${cause instanceof Error ? `: ${cause.message}` : ''}`;
}
