// IP addresses and CIDR ranges: which addresses a connector may name without listing them under `allow`.

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}
export interface Range extends Address {
  readonly prefix: number;
}

/** Networks that are not the public internet: a connector must list them to reach them. */
const PRIVATE = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3', '::/127', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
].map((text) => parseRange(text)!);

/** `10.20.0.0/16`, `fd00::/8` or a single address; undefined when the text is none of these. */
export function parseRange(text: string): Range | undefined {
  const [host = '', length, ...more] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const prefix = length === undefined ? address.bits : Number(length);
  return prefix > address.bits ? undefined : { ...address, prefix };
}

/** The address of a URL's host; undefined for a DNS name. */
export function addressOf(hostname: string): Address | undefined {
  return parseAddress(hostname.replace(/^\[|\]$/g, ''));
}

export const isPrivate = (address: Address): boolean => PRIVATE.some((range) => contains(range, address));

export function contains(range: Range, address: Address): boolean {
  if (range.bits !== address.bits) return false;
  const rest = BigInt(range.bits - range.prefix);
  return range.value >> rest === address.value >> rest;
}

function parseAddress(text: string): Address | undefined {
  const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (dotted) {
    const bytes = dotted.slice(1).map(Number);
    if (bytes.some((byte) => byte > 255)) return undefined;
    return { bits: 32, value: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) };
  }
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text) || !URL.canParse(`http://[${text}]`)) return undefined;
  // The URL parser writes every IPv6 address in one form: hexadecimal groups, at most one "::".
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
  // ::ffff:a.b.c.d reaches the IPv4 address, so the IPv4 rules decide.
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}
