// The subject of a client certificate, when a proxy that is trusted has checked one and says so.
import type { IncomingMessage } from 'node:http';
import type { AddressRange } from '@ess/domain/values/network.ts';
import { isIn } from '@ess/runtime/listener/client-address.ts';

/** @param header in which the proxies pass it; from anybody else it is ignored */
export function certificateSubject(
  { headers, socket }: IncomingMessage,
  proxies: readonly AddressRange[],
  header: string,
): string | undefined {
  const subject = headers[header];
  return isIn(proxies, socket.remoteAddress) && typeof subject === 'string' ? subject : undefined;
}
