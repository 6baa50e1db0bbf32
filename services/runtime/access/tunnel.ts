// A connection through a proxy: it is asked for a tunnel (CONNECT, RFC 9110 §9.3.6), and what then goes through it is the
// partner's own TLS, which the proxy cannot read. Everything that goes wrong on the way says whose trouble it is.
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { PartnerProxy } from '@ess/domain/connector/trust/proxy.ts';
import { bareHost } from '@ess/domain/values/network.ts';
import { nodeHttp } from '../node-http.ts';
import { besidePublic } from './authorities.ts';
import { Reach } from './reach.ts';
import { codeOf, withRemedy } from './trouble.ts';

/** How the proxy is reached. */
export interface Via {
  readonly url: URL;
  readonly authorization?: string;
  /** Absent: it is the environment's, wherever that is. */
  readonly reach?: Reach;
  /** PEM, beside the public authorities: for an https proxy. */
  readonly ca?: string;
}

/** @param allow as of the connector that names the proxy */
export function viaOf({ url, authorization, isJudged }: PartnerProxy, allow: readonly string[], ca?: string): Via {
  const parsed = new URL(url);
  return {
    url: parsed,
    ...(authorization !== undefined && { authorization }),
    ...(isJudged && { reach: new Reach(parsed.protocol, allow) }),
    ...(ca !== undefined && { ca }),
  };
}

/**
 * A connection to `target` (host:port), as far as the proxy says. The name is looked up by the proxy, not here.
 * @throws with a code that is a reason for people; it names the proxy by its origin, never by its password
 */
export async function openTunnel(via: Via, target: string, timeoutMs: number): Promise<Socket> {
  const { url, authorization, reach, ca } = via;
  const trouble = (code: string, what: string): Error =>
    Object.assign(new Error(what), { code: `${code}: the proxy ${url.origin} ${what}` });
  const refused = reach?.refusalOf(url.hostname);
  if (refused) throw trouble('ESS_PROXY_UNREACHABLE', `may not be reached: ${refused.message}`);
  return await new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : nodeHttp.request)({
      hostname: bareHost(url.hostname),
      ...(url.port !== '' && { port: url.port }),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
      agent: false,
      rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
      insecureHTTPParser: false,
      ...(reach && { lookup: reach.lookup }),
      ...(ca !== undefined && { ca: besidePublic(ca) }),
    });
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    request.once('close', () => clearTimeout(timer));
    request.on('error', (error) =>
      reject(trouble('ESS_PROXY_UNREACHABLE', `is not reached: ${withRemedy(codeOf(error))}`)),
    );
    request.once('response', (answer) => {
      answer.destroy();
      reject(trouble('ESS_PROXY_REFUSED', 'answered before it was asked'));
    });
    request.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        socket.setNoDelay(true);
        return resolve(socket);
      }
      socket.on('error', () => undefined).destroy();
      if (statusCode === 407) reject(trouble('ESS_PROXY_LOGIN', loginTrouble(authorization)));
      else
        reject(trouble('ESS_PROXY_REFUSED', `answered ${statusCode} to CONNECT ${target}: ${meaningOf(statusCode)}`));
    });
    request.end();
  });
}

const loginTrouble = (authorization: string | undefined): string =>
  authorization === undefined
    ? 'wants a user and a password (407): put them into its URL, as user:password@host, by a variable'
    : 'does not take this user and password (407)';

function meaningOf(status: number): string {
  if (status >= 500) return 'it does not reach the partner';
  return status === 403 || status === 405 ? 'let it open tunnels to this host and port' : 'is it a proxy?';
}

/** host:port, as CONNECT names it. */
export const authorityOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
