// How a delivery connects: where to is judged by Reach, and the partner's certificate always.
import type { TlsIdentity } from '@ess/runtime/access/bounded-request.ts';
import { Reach } from '@ess/runtime/access/reach.ts';
import { buildConnector } from 'undici';

const CONNECT_TIMEOUT_MS = 5_000;

export function guardedConnect(url: URL, allow: readonly string[], tls?: TlsIdentity): buildConnector.connector {
  const reach = new Reach(url.protocol, allow);
  const refused = reach.refusalOf(url.hostname);
  if (refused) return (_options, callback) => callback(refused, null);
  return buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    lookup: reach.lookup,
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    ...(tls ?? {}),
  } as buildConnector.BuildOptions);
}
