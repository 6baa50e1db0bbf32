// Which addresses may be connected to. Judged is the address itself, when it is connected to: a name that moves to a private
// network, or a wrong connector, cannot reach inside (server-side request forgery), nor make us speak in clear text elsewhere.
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { AddressRange } from '@ess/domain/values/network.ts';
import { addressOf, bareHost, contains, isPublic, parseRange } from '@ess/domain/values/network.ts';
import { sharedLookup } from './shared-lookup.ts';

const lookupAll = sharedLookup(lookup);

/** What a URL may reach: without TLS only what is listed, with TLS public addresses too. */
export type Protocol = 'http:' | 'https:';

/** `allow`: CIDR ranges or single addresses. */
export class Reach {
  readonly #listed: readonly AddressRange[];
  readonly #protocol: Protocol;

  constructor(protocol: string, allow: readonly string[]) {
    // A protocol that is not known is treated as one without TLS.
    this.#protocol = protocol === 'https:' ? 'https:' : 'http:';
    this.#listed = allow.flatMap((text) => parseRange(text) ?? []);
  }

  allows(address: string): boolean {
    const parsed = addressOf(address);
    if (parsed === undefined) return false;
    if (this.#listed.some((range) => contains(range, parsed))) return true;
    return this.#protocol === 'https:' && isPublic(parsed);
  }

  /** For an address that is not allowed. */
  refusal(address: string): NodeJS.ErrnoException {
    return this.#protocol === 'https:'
      ? Object.assign(new Error(`${address} is not a public address and not listed under deliver.allow`), {
          code: 'ESS_ADDRESS_REFUSED',
        })
      : Object.assign(new Error(`plain http goes only to listed addresses, and ${address} is not listed`), {
          code: 'ESS_PLAIN_HTTP_REFUSED',
        });
  }

  /** A literal address is connected to without a look-up. @returns why the host of a URL may not be, if it is one */
  refusalOf(hostname: string): NodeJS.ErrnoException | undefined {
    const literal = bareHost(hostname);
    return isIP(literal) !== 0 && !this.allows(literal) ? this.refusal(literal) : undefined;
  }

  /** Leaves only the allowed addresses of a name. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookupAll(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => this.allows(address));
      const first = allowed[0];
      if (!first) return callback(this.refusal(addresses[0]?.address ?? hostname), '', 0);
      if (options.all) (callback as unknown as (error: null, found: typeof allowed) => void)(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
