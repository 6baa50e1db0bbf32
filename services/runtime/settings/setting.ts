// How the text of a setting is read, and what it must be.

import { registryUrls } from '@ess/domain/stream/registry-access.ts';
import { maskedUrl, urlSecrets } from '@ess/domain/text/masked-url.ts';

/** Reads the text of one variable, or says what it must be. */
export type Parse<T> = (text: string) => T | { readonly wrong: string };

export interface Setting<T> {
  readonly description: string;
  /** As one would write it into the environment; absent: not set. */
  readonly default?: string;
  /** Masked wherever it is shown. */
  readonly secret?: true;
  /** How it is shown, when parts of it are secret. */
  readonly show?: (text: string) => string;
  /** Those parts. */
  readonly secrets?: (text: string) => readonly string[];
  readonly parse: Parse<T>;
}

/** As a table of settings is read; a value that is wrong is absent. */
export type ValuesOf<Table> = {
  readonly [Name in keyof Table]?: (Table[Name] extends Setting<infer T> ? T : never) | undefined;
};

export const text: Parse<string> = (value) => value;
export const list: Parse<readonly string[]> = (value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
export const choice =
  <T extends string>(...choices: readonly T[]): Parse<T> =>
  (value) =>
    choices.find((one) => one === value) ?? { wrong: `must be one of ${choices.join(', ')}` };
export const flag: Parse<boolean> = (value) =>
  value === 'true' ? true : value === 'false' ? false : { wrong: 'must be true or false' };
export const port: Parse<number> = (value) =>
  /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? Number(value) : { wrong: 'must be a port from 0 to 65535' };
export const positive: Parse<number> = (value) => {
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? number : { wrong: 'must be a number above 0' };
};
/** Nobody has more cores for one worker. */
const THREADS_MAX = 64;

export const threadCount: Parse<number> = (value) =>
  /^\d{1,2}$/.test(value) && Number(value) <= THREADS_MAX
    ? Number(value)
    : { wrong: `must be a whole number from 0 to ${THREADS_MAX}` };
export const headerName: Parse<string> = (value) =>
  /^[A-Za-z0-9-]+$/.test(value) ? value.toLowerCase() : { wrong: 'must be the name of a header' };
/** The parts of a URL that may be secret are shown to nobody, whether it is right or wrong. */
export const URL_SHOWN = { show: maskedUrl, secrets: urlSecrets };
const httpUrl = (value: string): URL | undefined => {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
};
/** Paths of its API are put behind each; a user and a password in it are sent as Basic. */
export const registries: Parse<string> = (value) => {
  const urls = registryUrls(value).map(httpUrl);
  if (urls.length === 0 || urls.includes(undefined))
    return { wrong: 'must be an http or https URL, or several separated by commas' };
  if (urls.some((url) => `${url?.username}${url?.password}${url?.host}`.includes(',')))
    return { wrong: 'must name http or https for each URL; a comma in a user or a password is written %2C' };
  return /[?#]/.test(value) ? { wrong: 'must end with the path of the API, without ? and # behind it' } : value;
};
/** As RFC 6750 has it: anything else is no value of a header. */
export const bearerToken: Parse<string> = (value) =>
  /^[A-Za-z0-9._~+/-]+=*$/.test(value)
    ? value
    : { wrong: 'must be a token alone, of letters, digits and -._~+/ (its value is not shown here)' };
/** RFC 7617 knows the user's end by it. */
export const basicUser: Parse<string> = (value) => (value.includes(':') ? { wrong: 'must hold no colon' } : value);
/** It is written into documents that anybody may read. */
export const publicUrl: Parse<string> = (value) => {
  const url = httpUrl(value);
  if (!url) return { wrong: 'must be an http or https URL' };
  return url.username !== '' || url.password !== '' || /[?#]/.test(value)
    ? { wrong: 'is told to everybody: leave out user, password, ? and #' }
    : value;
};
/** @param whenUser what is said beside it of a user and a password */
const httpsUrl =
  (whenUser: string): Parse<string> =>
  (value) => {
    const url = httpUrl(value);
    const here = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '');
    if (!url || (url.protocol === 'http:' && !here))
      return { wrong: 'must be an https URL (http only on this machine)' };
    return url.username !== '' || url.password !== '' ? { wrong: `must have no user and password${whenUser}` } : value;
  };
/** Keys that came over plain http from another machine could be anybody's. */
export const keysUrl = httpsUrl(': public keys need none; a gateway in front may take them away');
/** The secret of the client goes there. */
export const tokenUrl = httpsUrl('');
/** Whoever guesses a key makes cursors of any partner, or sessions of anybody, and one of them is enough to try keys on. */
const KEY_MIN_BYTES = 16;
export const keys: Parse<readonly string[]> = (value) => {
  const found = list(value) as readonly string[];
  return found.every((key) => Buffer.byteLength(key) >= KEY_MIN_BYTES)
    ? found
    : {
        wrong: `must hold keys of ${KEY_MIN_BYTES} bytes or more (their values are not shown here): openssl rand -base64 32 makes one`,
      };
};
export const brokers: Parse<readonly string[]> = (value) => {
  const found = list(value) as readonly string[];
  const valid =
    found.length > 0 &&
    found.every((broker) => {
      const [, , number] = /^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d{1,5})$/.exec(broker) ?? [];
      return number !== undefined && Number(number) <= 65_535;
    });
  return valid ? found : { wrong: 'must be host:port, several separated by commas' };
};
export const pem: Parse<string> = (value) =>
  value.includes('-----BEGIN ') ? value : { wrong: 'must be a PEM text; the _FILE form takes the path of a .pem file' };

export const define = <T>(setting: Setting<T>): Setting<T> => setting;
export const portSetting = (program: string, usual: number): Setting<number> =>
  define({ description: `Port of ${program}; 0 = any free one`, default: String(usual), parse: port });
