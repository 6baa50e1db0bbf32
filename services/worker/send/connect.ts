// How a delivery connects: where to is judged by Reach, and the partner's certificate always. Behind a proxy the name is looked up
// there, so only an address that the URL itself names is judged here.
import type { Socket } from 'node:net';
import type { PartnerProxy } from '@ess/domain/connector/trust/proxy.ts';
import type { TlsSettings } from '@ess/domain/connector/trust/tls.ts';
import { Reach } from '@ess/runtime/access/reach.ts';
import { authorityOf, openTunnel, viaOf } from '@ess/runtime/access/tunnel.ts';
import type { buildConnector as Build } from 'undici';
import { buildConnector } from './undici.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export interface Route {
  /** CIDR ranges that may be reached although private or over plain http. */
  readonly allow: readonly string[];
  readonly tls?: TlsSettings;
  readonly proxy?: PartnerProxy;
  /** Speaks HTTP/2 where the partner offers it (ALPN, RFC 7301). */
  readonly http2?: boolean;
}

/**
 * An alert of TLS, such as "certificate required", may come after the handshake, and the end of the connection right behind it.
 * The first one is the reason, not the end.
 */
function endWith(this: Socket, error: Error): void {
  this.destroy(error);
}

export function guardedConnect(url: URL, { allow, tls = {}, proxy, http2 = false }: Route): Build.connector {
  const reach = new Reach(url.protocol, allow);
  const refused = reach.refusalOf(url.hostname);
  if (refused) return (_options, callback) => callback(refused, null);
  const { servername, ...certificates } = tls;
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: http2,
    lookup: reach.lookup,
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    ...certificates,
  } as Build.BuildOptions);
  const straight: Build.connector = (options, callback) =>
    connect(servername === undefined ? options : { ...options, servername }, (...connected) => {
      connected[1]?.prependOnceListener('error', endWith);
      callback(...connected);
    });
  if (proxy === undefined) return straight;
  const via = viaOf(proxy, allow, tls.ca);
  const target = authorityOf(url);
  return (options, callback) => {
    openTunnel(via, target, CONNECT_TIMEOUT_MS).then(
      (socket) => {
        if (url.protocol === 'https:') straight({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: Error) => callback(error, null),
    );
  };
}
