// How people come in, when not everybody on this machine may do everything.
import { networksOf } from '@ess/runtime/listener/client-address.ts';
import { connectionBudget } from '@ess/runtime/listener/descriptors.ts';
import type { GuardOptions } from '@ess/runtime/listener/socket-guard.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import type { ConsoleSettings } from '@ess/runtime/settings/console-settings.ts';
import type { Gate } from '../rights/gate.ts';
import { addSessions, isSecure } from '../rights/session.ts';
import { Oidc } from '../rights/sign-in/oidc.ts';
import { addSignIn } from '../rights/sign-in/routes.ts';
import type { Entry } from './app.ts';

/** Nobody needs as many: a browser opens six, and keeps one for the feed. */
const CONNECTIONS = 1_000;
const ANONYMOUS_PER_ADDRESS = 64;

export function entryOf({ access, tls }: ConsoleSettings, gate: Gate, onCut: GuardOptions['onCut']): Entry {
  const guard = new SocketGuard({
    connections: connectionBudget(CONNECTIONS),
    anonymousPerAddress: ANONYMOUS_PER_ADDRESS,
    proxies: networksOf('ESS_CONSOLE_PROXIES', access.proxies),
    onCut,
  });
  const { oidc, tokens } = access;
  const ways = { gate, tokens: tokens !== undefined, ...(oidc && { oidc: new Oidc(oidc) }) };
  return {
    begin: (app) => addSessions(app, access, isSecure(access, tls !== undefined)),
    addRoutes: (app) => addSignIn(app, ways),
    guard,
    isSignedIn: (request) => {
      const isIn = gate.find(request) !== undefined;
      if (isIn) guard.known(request.raw);
      return isIn;
    },
  };
}
