// Every environment variable of ESS, declared once: `loadSettings` reads them, `ess config` prints them.

import { maskedRegistry, registrySecrets, registryUrls } from '@ess/domain/stream/registry-access.ts';
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

const text: Parse<string> = (value) => value;
const list: Parse<readonly string[]> = (value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const choice =
  <T extends string>(...choices: readonly T[]): Parse<T> =>
  (value) =>
    choices.find((one) => one === value) ?? { wrong: `must be one of ${choices.join(', ')}` };
const flag: Parse<boolean> = (value) =>
  value === 'true' ? true : value === 'false' ? false : { wrong: 'must be true or false' };
const port: Parse<number> = (value) =>
  /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? Number(value) : { wrong: 'must be a port from 0 to 65535' };
const positive: Parse<number> = (value) => {
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? number : { wrong: 'must be a number above 0' };
};
const headerName: Parse<string> = (value) =>
  /^[A-Za-z0-9-]+$/.test(value) ? value.toLowerCase() : { wrong: 'must be the name of a header' };
/** The parts of a URL that may be secret are shown to nobody, whether it is right or wrong. */
const URL_SHOWN = { show: maskedUrl, secrets: urlSecrets };
const httpUrl = (value: string): URL | undefined => {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
};
/** Paths of its API are put behind each; a user and a password in it are sent as Basic. */
const registries: Parse<string> = (value) => {
  const urls = registryUrls(value).map(httpUrl);
  if (urls.length === 0 || urls.includes(undefined))
    return { wrong: 'must be an http or https URL, or several separated by commas' };
  if (urls.some((url) => `${url?.username}${url?.password}${url?.host}`.includes(',')))
    return { wrong: 'must name http or https for each URL; a comma in a user or a password is written %2C' };
  return /[?#]/.test(value) ? { wrong: 'must end with the path of the API, without ? and # behind it' } : value;
};
/** As RFC 6750 has it: anything else is no value of a header. */
const bearerToken: Parse<string> = (value) =>
  /^[A-Za-z0-9._~+/-]+=*$/.test(value)
    ? value
    : { wrong: 'must be a token alone, of letters, digits and -._~+/ (its value is not shown here)' };
/** RFC 7617 knows the user's end by it. */
const basicUser: Parse<string> = (value) => (value.includes(':') ? { wrong: 'must hold no colon' } : value);
/** It is written into documents that anybody may read. */
const publicUrl: Parse<string> = (value) => {
  const url = httpUrl(value);
  if (!url) return { wrong: 'must be an http or https URL' };
  return url.username !== '' || url.password !== '' || /[?#]/.test(value)
    ? { wrong: 'is told to everybody: leave out user, password, ? and #' }
    : value;
};
/** Keys that came over plain http from another machine could be anybody's. */
const keysUrl: Parse<string> = (value) => {
  const url = httpUrl(value);
  const here = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '');
  if (!url || (url.protocol === 'http:' && !here)) return { wrong: 'must be an https URL (http only on this machine)' };
  return url.username !== '' || url.password !== ''
    ? { wrong: 'must have no user and password: public keys need none; a gateway in front may take them away' }
    : value;
};
/** Whoever guesses a key makes cursors of any partner, and one cursor is enough to try keys on. */
const CURSOR_KEY_MIN_BYTES = 16;
const cursorKeys: Parse<readonly string[]> = (value) => {
  const found = list(value) as readonly string[];
  return found.every((key) => Buffer.byteLength(key) >= CURSOR_KEY_MIN_BYTES)
    ? found
    : {
        wrong: `must hold keys of ${CURSOR_KEY_MIN_BYTES} bytes or more (their values are not shown here): openssl rand -base64 32 makes one`,
      };
};
const brokers: Parse<readonly string[]> = (value) => {
  const found = list(value) as readonly string[];
  const valid = found.length > 0 && found.every((broker) => /^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/.test(broker));
  return valid ? found : { wrong: 'must be host:port, several separated by commas' };
};
const pem: Parse<string> = (value) =>
  value.includes('-----BEGIN ')
    ? value
    : { wrong: 'must be a PEM text; set its _FILE form to the path of the .pem file' };

const define = <T>(setting: Setting<T>): Setting<T> => setting;
const portSetting = (program: string, usual: number): Setting<number> =>
  define({ description: `Port of ${program}; 0 = any free one`, default: String(usual), parse: port });

/** Each may also be set as NAME_FILE, the path of a file that holds the value. */
export const SETTINGS = {
  KAFKA_BROKERS: define({
    description: 'Kafka brokers, host:port, separated by commas',
    default: '127.0.0.1:9092',
    ...URL_SHOWN,
    parse: brokers,
  }),
  KAFKA_SSL: define({ description: 'true = TLS to the brokers', default: 'false', parse: flag }),
  KAFKA_SSL_CA: define({
    description: 'Certificate authority of the brokers (PEM), when it is not a public one',
    parse: pem,
  }),
  KAFKA_SSL_CERT: define({ description: 'Client certificate (PEM)', parse: pem }),
  KAFKA_SSL_KEY: define({ description: 'Client key (PEM)', secret: true, parse: pem }),
  KAFKA_SASL_MECHANISM: define({
    description: 'plain, scram-sha-256 or scram-sha-512',
    parse: choice('plain', 'scram-sha-256', 'scram-sha-512'),
  }),
  KAFKA_SASL_USERNAME: define({ description: 'Kafka user', parse: text }),
  KAFKA_SASL_PASSWORD: define({ description: 'Password of the Kafka user', secret: true, parse: text }),
  SCHEMA_REGISTRY_URL: define({
    description:
      'Confluent API of the schema registry; several, separated by commas, are tried in turn; https://user:password@host is sent as Basic',
    default: 'http://127.0.0.1:8081/apis/ccompat/v7',
    show: maskedRegistry,
    secrets: registrySecrets,
    parse: registries,
  }),
  SCHEMA_REGISTRY_USERNAME: define({
    description: 'User of the schema registry (Basic), where its URL has none',
    parse: basicUser,
  }),
  SCHEMA_REGISTRY_PASSWORD: define({ description: 'Password of that user', secret: true, parse: text }),
  SCHEMA_REGISTRY_TOKEN: define({
    description: 'Instead of a user: the bearer token that the schema registry takes',
    secret: true,
    parse: bearerToken,
  }),
  SCHEMA_REGISTRY_SSL_CA: define({
    description: 'Certificate authority of the schema registry (PEM), beside the public ones',
    parse: pem,
  }),
  SCHEMA_REGISTRY_SSL_CERT: define({ description: 'Client certificate for the schema registry (PEM)', parse: pem }),
  SCHEMA_REGISTRY_SSL_KEY: define({ description: 'Key of that certificate (PEM)', secret: true, parse: pem }),
  ESS_CONNECTORS: define({ description: 'Folder of the connectors', default: './connectors', parse: text }),
  ESS_CONSOLE_PORT: portSetting('the console', 8080),
  ESS_BRIDGE_PORT: portSetting('the bridge (/stream, /replay)', 8082),
  ESS_BRIDGE_HOST: define({ description: 'Address of the bridge', default: '127.0.0.1', parse: text }),
  ESS_BRIDGE_ADMIN_PORT: portSetting('the admin listener of the bridge', 9466),
  ESS_BRIDGE_TLS_CERT: define({ description: 'Certificate of the bridge (PEM), for HTTP/2 in browsers', parse: pem }),
  ESS_BRIDGE_TLS_KEY: define({ description: 'Key of that certificate (PEM)', secret: true, parse: pem }),
  ESS_BRIDGE_ANONYMOUS_PER_ADDRESS: define({
    description:
      'Connections, and requests at work, of one address (IPv6: /64) at the bridge that have shown no key or token',
    default: '256',
    parse: positive,
  }),
  ESS_BRIDGE_PROXIES: define({
    description:
      'Networks (CIDR) of load balancers before the bridge: not they, but the addresses in X-Forwarded-For are limited',
    parse: list,
  }),
  ESS_STREAM_CLIENTS: define({
    description: 'Streams of one bridge at the same time',
    default: '10000',
    parse: positive,
  }),
  ESS_STREAM_CLIENTS_PER_PARTNER: define({
    description: 'Streams of one partner at one bridge at the same time',
    default: '2000',
    parse: positive,
  }),
  ESS_STREAM_SLOW_BYTES: define({
    description: 'How far a slow client may fall behind before it goes on from Kafka; kept once for each partner',
    default: '4194304',
    parse: positive,
  }),
  ESS_STREAM_HISTORY_BYTES: define({
    description: 'History kept in memory for clients that catch up',
    default: '67108864',
    parse: positive,
  }),
  ESS_STREAM_CATCH_UP_RATE: define({
    description: 'Bytes per second that all clients in catch-up get together; live clients go first',
    default: '125000000',
    parse: positive,
  }),
  ESS_STREAM_SLOW: define({
    description: 'What happens to a slow client: catch-up (it goes on from Kafka) or disconnect',
    default: 'catch-up',
    parse: choice('catch-up', 'disconnect'),
  }),
  ESS_INBOUND_PORT: portSetting('the inbound doors', 8083),
  ESS_INBOUND_HOST: define({ description: 'Address of the inbound doors', default: '127.0.0.1', parse: text }),
  ESS_INBOUND_ADMIN_PORT: portSetting('the admin listener of the inbound doors', 9465),
  ESS_INBOUND_DOCS: define({
    description: 'true = /openapi.json and /docs beside the doors, for everybody',
    default: 'true',
    parse: flag,
  }),
  ESS_INBOUND_PUBLIC_URL: define({
    description: 'Where partners reach the doors, e.g. behind a proxy; named in /openapi.json',
    ...URL_SHOWN,
    parse: publicUrl,
  }),
  ESS_INBOUND_WINDOW_HOURS: define({
    description: 'How long an idempotency key is remembered',
    default: '24',
    parse: positive,
  }),
  ESS_INBOUND_MAX_KEYS: define({
    description: 'Idempotency keys remembered at most, for each topic; about 150 bytes each',
    default: '500000',
    parse: positive,
  }),
  ESS_INBOUND_ANONYMOUS_PER_ADDRESS: define({
    description:
      'Connections, and requests at work, of one address (IPv6: /64) at the doors that have shown no credentials',
    default: '256',
    parse: positive,
  }),
  ESS_INBOUND_PROXIES: define({
    description:
      'Networks (CIDR) of proxies that are trusted to pass the subject of a client certificate and X-Forwarded-For',
    parse: list,
  }),
  ESS_INBOUND_CLIENT_SUBJECT_HEADER: define({
    description: 'Header in which they pass it; they must take it off what clients send',
    default: 'x-client-subject',
    parse: headerName,
  }),
  ESS_WORKER_PORT: portSetting("the worker's admin listener (/metrics, /livez, /readyz)", 9464),
  ESS_OBSERVER_PORT: portSetting("the observer's admin listener", 9467),
  ESS_VIEW_FILE: define({
    description:
      'Where the observer keeps the lock-step view, so that the next start reads on from there; none = it is kept nowhere',
    default: './.ess/view.sqlite',
    parse: text,
  }),
  ESS_VIEW_TOKEN: define({
    description:
      "Bearer token of /view on the observer's admin listener, which ess lockstep asks with it; not set: nobody is answered there",
    secret: true,
    parse: bearerToken,
  }),
  ESS_VIEW_INDEX_BYTES: define({
    description: 'How large the index of the audit may be that the observer keeps beside it; the oldest rows go',
    default: '2000000000',
    parse: positive,
  }),
  ESS_CONSOLE_ADMIN_PORT: portSetting("the console's admin listener", 9469),
  ESS_SERVE_PORT: portSetting('the admin listener of ess serve', 9468),
  ESS_ADMIN_HOST: define({ description: 'Address of the admin listeners', default: '127.0.0.1', parse: text }),
  ESS_ADMIN_HOSTS: define({
    description:
      'Names in Host that admin listeners answer beside addresses and localhost, separated by commas; default: the host name and ESS_POD_SERVICE',
    parse: list,
  }),
  ESS_POD_SERVICE: define({ description: 'Name of the service that leads to this pod or container', parse: text }),
  ESS_CURSOR_KEYS: define({
    description: 'Keys that sign cursors, shared by all bridges and workers, separated by commas; the first one signs',
    secret: true,
    parse: cursorKeys,
  }),
  ESS_JWT_ISSUER: define({ description: 'Issuer (iss) of the tokens that partners show', parse: text }),
  ESS_JWT_AUDIENCE: define({ description: 'Audience (aud) that such a token must name', parse: text }),
  ESS_JWT_JWKS_URL: define({
    description: 'Where the keys that verify tokens are: a JWK Set',
    ...URL_SHOWN,
    parse: keysUrl,
  }),
  ESS_JWT_KEY: define({ description: 'Instead of a URL: the public key (PEM) or a JWK Set (JSON)', parse: text }),
  ESS_LOG_LEVEL: define({
    description: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
    parse: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
};

export type SettingName = keyof typeof SETTINGS;
