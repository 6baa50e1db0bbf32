// Where the schema registry is, and what lets us in. Its addresses are taken apart at once: no user or password stays in one.
import { maskedUrl, urlSecrets, withoutCredentials } from '../text/masked-url.ts';

export interface RegistryEndpoint {
  /** With the path of its API, without credentials and without a slash at the end. */
  readonly url: string;
  /** As it may be shown. */
  readonly shown: string;
  /** The value of that header. */
  readonly authorization?: string;
}

export interface RegistryAccess {
  /** At least one; they are tried in turn. */
  readonly endpoints: readonly RegistryEndpoint[];
  /** PEM. The authority counts beside the public ones. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Its addresses alone, where nothing else is needed. */
export type RegistryAddress = string | RegistryAccess;

/** What goes to every address that has no user and password of its own. */
export interface RegistryCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

export const registryUrls = (text: string): string[] =>
  text
    .split(/,(?=\s*(?:[a-z]+:\/\/|$))/i)
    .map((url) => url.trim())
    .filter((url) => url !== '');

/** @param addresses URLs, separated by commas */
export function registryAccess(
  addresses: string,
  credentials: RegistryCredentials = {},
  tls: RegistryAccess['tls'] = {},
): RegistryAccess {
  const usual = authorizationOf(credentials);
  const endpoints = registryUrls(addresses).map((text) => {
    const { url, authorization = usual } = withoutCredentials(text);
    const shown = withoutSlash(maskedUrl(text));
    return { url: withoutSlash(url), shown, ...(authorization !== undefined && { authorization }) };
  });
  return { endpoints, ...(Object.keys(tls).length > 0 && { tls }) };
}

export const openedRegistry = (address: RegistryAddress): RegistryAccess =>
  typeof address === 'string' ? registryAccess(address) : address;

export const maskedRegistry = (addresses: string): string => registryUrls(addresses).map(maskedUrl).join(',');

export const shownRegistry = (address: RegistryAddress): string =>
  openedRegistry(address)
    .endpoints.map(({ shown }) => shown)
    .join(', ');

export const registrySecrets = (addresses: string): string[] => registryUrls(addresses).flatMap(urlSecrets);

/** Basic as RFC 7617 has it, Bearer as RFC 6750 has it. */
export function authorizationOf({ username, password, token }: RegistryCredentials): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  return username === undefined || password === undefined
    ? undefined
    : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
