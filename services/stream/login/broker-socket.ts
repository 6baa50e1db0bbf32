// A connection to a broker, as everybody here opens one.
import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { bareHost } from '@ess/domain/values/network.ts';

/** @param broker host:port @param secureContext absent: without TLS */
export function openSocket(broker: string, secureContext?: SecureContext, onConnect?: () => void): Socket {
  const colon = broker.lastIndexOf(':');
  const host = bareHost(broker.slice(0, colon));
  const address = { host, port: Number(broker.slice(colon + 1)) };
  if (secureContext === undefined) return connect(address, onConnect);
  // A broker's certificate is always checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const checked = { ...(isIP(host) ? {} : { servername: host }), secureContext, rejectUnauthorized: true };
  return connectTls({ ...address, ...checked }, onConnect);
}
