// NO_PROXY: hosts that are reached without a proxy. Nobody has written down what it means; this is what curl and Go agree on.
import { addressOf, contains, parseRange } from '../../values/network.ts';

/** `example.com` and `.example.com`: it and what is below; `*.example.com`: only what is below; addresses, networks, a port. */
export function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  const [, bracketed, plain = '', wanted] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain;
  if (wanted !== undefined && wanted !== port) return false;
  if (name === '*') return true;
  const address = addressOf(host);
  const range = parseRange(name);
  if (address !== undefined || range !== undefined) return !!address && !!range && contains(range, address);
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '');
  if (domain === '') return false;
  return (host === domain && !name.startsWith('*')) || host.endsWith(`.${domain}`);
}
