// Whose connection or request it is, as far as addresses say: what is counted against one stranger and not another.
import type { IncomingHttpHeaders } from 'node:http';
import { EssError } from '@ess/domain/text/error.ts';
import type { AddressRange } from '@ess/domain/values/network.ts';
import { addressOf, contains, parseRange } from '@ess/domain/values/network.ts';

/** What one customer of an IPv6 network is given, in bytes: whoever has it has every address in it. */
const IPV6_CUSTOMER_BYTES = 8;

/** An IPv4 address, also when it is written as an IPv6 one, or the /64 of an IPv6 address; undefined: it is no address. */
export function holderOf(address: string | undefined): string | undefined {
  const parsed = address === undefined ? undefined : addressOf(withoutZone(address));
  if (parsed === undefined) return undefined;
  const bytes = parsed.toByteArray();
  if (bytes.length === 4) return bytes.join('.');
  return `${Buffer.from(bytes.slice(0, IPV6_CUSTOMER_BYTES)).toString('hex')}::/64`;
}

/** @throws EssError ESS_CONFIG naming the variable and the text that is no network */
export function networksOf(variable: string, texts: readonly string[]): AddressRange[] {
  return texts.map((text) => {
    const parsed = parseRange(text);
    if (parsed) return parsed;
    throw new EssError('ESS_CONFIG', `${variable}: "${text}" is no network; write it as 10.0.0.0/8`);
  });
}

export function isIn(networks: readonly AddressRange[], address: string | undefined): boolean {
  if (networks.length === 0 || address === undefined) return false;
  const parsed = addressOf(withoutZone(address));
  return parsed !== undefined && networks.some((network) => contains(network, parsed));
}

/** As everybody writes it, for whoever reads it later; what is no address stays as it is. */
export const plainAddress = (address: string): string => addressOf(withoutZone(address))?.toString() ?? address;

/**
 * Whom a trusted proxy speaks for: of X-Forwarded-For the last address that is no proxy of ours, because each proxy adds
 * the one it saw at the end and what stands before may be invented.
 * @returns the whole address; undefined: the proxy does not say
 */
export function forwardedAddress(headers: IncomingHttpHeaders, proxies: readonly AddressRange[]): string | undefined {
  let rest = headers['x-forwarded-for'];
  while (typeof rest === 'string' && rest !== '') {
    const comma = rest.lastIndexOf(',');
    const address = withoutPort(rest.slice(comma + 1).trim());
    if (!isIn(proxies, address)) return addressOf(withoutZone(address))?.toString();
    rest = rest.slice(0, Math.max(0, comma));
  }
  return undefined;
}

/** The same, as it is counted. */
export const forwardedHolder = (...from: Parameters<typeof forwardedAddress>): string | undefined =>
  holderOf(forwardedAddress(...from));

const withoutZone = (address: string): string => address.split('%', 1)[0] as string;

/** `1.2.3.4:5` and `[::1]:5`, as some proxies write it. */
function withoutPort(text: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}
