// Every environment variable of ESS, declared once: `loadSettings` reads them, `ess config` prints them.

import { maskedRegistry, registrySecrets } from '@ess/domain/stream/registry-access.ts';
import { CONSOLE_SETTINGS } from './console-settings.ts';
import { KAFKA_SETTINGS } from './kafka-settings.ts';
import {
  basicUser,
  bearerToken,
  choice,
  define,
  flag,
  headerName,
  keys,
  keysUrl,
  list,
  pem,
  portSetting,
  positive,
  publicUrl,
  registries,
  text,
  threadCount,
  URL_SHOWN,
} from './setting.ts';
import { TRACE_SETTINGS } from './trace-settings.ts';

/** Each may also be set as NAME_FILE, the path of a file that holds the value. */
export const SETTINGS = {
  ...KAFKA_SETTINGS,
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
  ...CONSOLE_SETTINGS,
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
  ESS_WORKER_THREADS: define({
    description:
      'Threads of a worker that send its requests, beside the one that decides; 0: that one sends them. For a worker whose one core is the limit, on a machine with more',
    default: '0',
    parse: threadCount,
  }),
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
  ESS_APPROVAL_RECORDS: define({
    description:
      'How many records one person may have replayed, redriven or dropped; more need a second person who approves. Workers decide by theirs; not set: any number',
    parse: positive,
  }),
  ESS_CURSOR_KEYS: define({
    description: 'Keys that sign cursors, shared by all bridges and workers, separated by commas; the first one signs',
    secret: true,
    parse: keys,
  }),
  ESS_JWT_ISSUER: define({ description: 'Issuer (iss) of the tokens that partners show', parse: text }),
  ESS_JWT_AUDIENCE: define({ description: 'Audience (aud) that such a token must name', parse: text }),
  ESS_JWT_JWKS_URL: define({
    description: 'Where the keys that verify tokens are: a JWK Set',
    ...URL_SHOWN,
    parse: keysUrl,
  }),
  ESS_JWT_KEY: define({ description: 'Instead of a URL: the public key (PEM) or a JWK Set (JSON)', parse: text }),
  ...TRACE_SETTINGS,
  ESS_LOG_LEVEL: define({
    description: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
    parse: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
};

export type SettingName = keyof typeof SETTINGS;
