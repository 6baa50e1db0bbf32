// The subject of a client certificate, when a proxy that is trusted has checked one and says so.
import type { IncomingMessage } from 'node:http';
import type { Range } from '@ess/domain/network.ts';
import { addressOf, contains } from '@ess/domain/network.ts';

/** @param header in which the proxies pass it; from anybody else it is ignored */
export function certificateSubject(
  { headers, socket }: IncomingMessage,
  proxies: readonly Range[],
  header: string,
): string | undefined {
  const subject = headers[header];
  const address = socket.remoteAddress === undefined ? undefined : addressOf(socket.remoteAddress);
  const trusted = address !== undefined && proxies.some((network) => contains(network, address));
  return trusted && typeof subject === 'string' ? subject : undefined;
}
