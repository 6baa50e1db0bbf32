// Where a delivery may connect to: the resolved address is checked at connect time, so that a name that moves to a
// private network, or a wrong connector, cannot reach inside (server-side request forgery).
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

const CONNECT_TIMEOUT_MS = 5_000;

export function guardedConnect(
  hostname: string,
  allow: readonly string[],
  tls?: TlsIdentity,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    lookup: guardedLookup(allow),
    ...(tls ?? {}),
  } as buildConnector.BuildOptions);
  const literal = hostname.replace(/^\[|\]$/g, '');
  // A literal address is connected to without a look-up, so it is judged here.
  if (ipaddr.isValid(literal) && !isAllowed(literal, allow))
    return (_options, callback) => callback(refusal(literal), null);
  return connect;
}

/** Public unicast addresses always; others only inside a listed range. */
export function isAllowed(address: string, allow: readonly string[]): boolean {
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'unicast') return true;
  return allow.some((range) => {
    // A single address is a range of one, as in network.ts.
    const [network, bits] = ipaddr.parseCIDR(
      range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`,
    );
    return network.kind() === parsed.kind() && parsed.match(network, bits);
  });
}

function guardedLookup(allow: readonly string[]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => isAllowed(address, allow));
      const first = allowed[0];
      if (!first) return callback(refusal(addresses[0]?.address ?? hostname), '', 0);
      if (options.all) (callback as unknown as (error: null, found: typeof allowed) => void)(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(address: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${address} is not a public address and not listed under deliver.allow`), {
    code: 'ESS_ADDRESS_REFUSED',
  });
}
