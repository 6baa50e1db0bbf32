// IP addresses and networks. One rule says which of them are public, for `connector check` and for every connection.
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network as CIDR writes it: the first `prefix` bits of the address. */
export interface AddressRange {
  readonly address: Address;
  readonly prefix: number;
}

/** `10.20.0.0/16`, `fd00::/8` or a single address; undefined when the text is none of these. */
export function parseRange(text: string): AddressRange | undefined {
  const [host = '', length, ...more] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const prefix = length === undefined ? bitsOf(address) : Number(length);
  return prefix > bitsOf(address) ? undefined : { address, prefix };
}

/** The host of a URL as sockets and certificates name it: an IPv6 address without its brackets. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** The address of a URL's host; undefined for a DNS name. */
export const addressOf = (hostname: string): Address | undefined => parseAddress(bareHost(hostname));

/** 32 or 128. */
export const bitsOf = (address: Address): number => address.toByteArray().length * 8;

/** By the registries of special addresses (RFC 6890): what a connector need not list to reach it with TLS. */
export const isPublic = (address: Address): boolean => address.range() === 'unicast';

export function contains(range: AddressRange, address: Address): boolean {
  return range.address.kind() === address.kind() && address.match(range.address as ipaddr.IPv6, range.prefix);
}

function parseAddress(text: string): Address | undefined {
  // Neither octal or hexadecimal numbers nor zones: what one program reads as an address the next may read as another.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  // ::ffff:a.b.c.d reaches the IPv4 address, so the IPv4 rules decide.
  return ipaddr.process(text);
}
