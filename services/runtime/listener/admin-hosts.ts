// Which name an admin listener may be called by. A page in an operator's browser can be given a name that leads to this
// machine (DNS rebinding), but never the name of an address, nor one that we chose.
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

const NAME = /^[A-Za-z0-9._-]+$/;
const HOST = /^(\[[^\]]*\]|[^:[\]]*)(?::\d{0,5})?$/;

/**
 * @param request its Host must be there exactly once; one in the target (`GET http://host/path`) counts as well
 * @returns undefined: it may ask; else what is wrong
 */
export function strangeHost(request: IncomingMessage, known: readonly string[]): string | undefined {
  const given = request.rawHeaders.filter((_, index, all) => index % 2 === 1 && isHost(all[index - 1]));
  if (given.length !== 1) return `${given.length} Host headers; send exactly one`;
  const target = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(request.url ?? '')?.[1];
  for (const host of target === undefined ? given : [...given, target])
    if (!isKnown(host, known))
      return 'this Host is not answered here: use an address, localhost, or a name that ESS_ADMIN_HOSTS lists';
  return undefined;
}

/** The path without the query; undefined: the target has none. */
export function pathOf({ url = '' }: IncomingMessage): string | undefined {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('?', 1)[0];
  return path?.startsWith('/') ? path : undefined;
}

const isHost = (name: string | undefined): boolean => name?.toLowerCase() === 'host';

function isKnown(host: string, known: readonly string[]): boolean {
  const name = HOST.exec(host)?.[1] ?? '';
  if (name.startsWith('[')) return isIPv6(name.slice(1, -1));
  if (!NAME.test(name)) return false;
  const plain = name.replace(/\.$/, '').toLowerCase();
  if (plain === 'localhost' || known.some((one) => one.toLowerCase() === plain)) return true;
  // 127.1 and 0x7f000001 are addresses too, and no resolver is asked for them.
  return isIPv4(URL.parse(`http://${plain}`)?.hostname ?? '');
}
