// What Node itself is told by the environment and that takes a protection away. Where it can be made without effect it is;
// all of it is told, with the remedy, each time that a program starts.
import type { Log } from '../log/log.ts';
import type { Settings } from './settings.ts';

interface Switch {
  /** Whether it is on. */
  readonly on: (env: NodeJS.ProcessEnv, options: readonly string[]) => boolean;
  readonly told: string;
}

const SWITCHES: readonly Switch[] = [
  {
    on: (env) => env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0',
    told: 'NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored: certificates are always checked. For an authority of your own set NODE_EXTRA_CA_CERTS, KAFKA_SSL_CA or deliver.tls.ca',
  },
  {
    on: (env) => /(^|[\s,])(http|https|tls|net|undici|fetch)\b|\*/.test(env['NODE_DEBUG'] ?? ''),
    told: 'NODE_DEBUG writes requests to stderr as they are, secrets too: unset it in production',
  },
  {
    on: (_env, options) => options.some((option) => option.startsWith('--tls-keylog')),
    told: '--tls-keylog writes the keys of all TLS connections into a file: whoever reads it reads the traffic. Take it out of NODE_OPTIONS',
  },
  {
    on: (_env, options) => options.some((option) => /^--tls-(min|max)-v1\.[01]$/.test(option)),
    told: 'TLS before 1.2 is allowed by --tls-min or --tls-max: take it out of NODE_OPTIONS',
  },
  {
    on: (_env, options) => options.includes('--insecure-http-parser'),
    told: '--insecure-http-parser lets requests through that two servers read differently: take it out of NODE_OPTIONS',
  },
  {
    on: (_env, options) => options.some((option) => option.startsWith('--inspect')),
    told: '--inspect lets whoever reaches its port run code in this process: take it out of NODE_OPTIONS',
  },
  {
    on: (_env, options) => options.some((option) => option.startsWith('--security-revert')),
    told: '--security-revert brings a known hole of Node back: take it out of NODE_OPTIONS',
  },
];

/** Takes out of the environment what can be taken out, before the first connection and for threads and children too. @returns one line for each */
export function disarmEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  execArgv: readonly string[] = process.execArgv,
): string[] {
  const options = [...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)].map((option) =>
    option.replaceAll('_', '-'),
  );
  const told = SWITCHES.filter(({ on }) => on(env, options)).map((one) => one.told);
  // Node reads it anew for each connection, and warns of it at the first one: a second warning would say the opposite of ours.
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') delete env['NODE_TLS_REJECT_UNAUTHORIZED'];
  unsafe = told;
  return told;
}

let unsafe: readonly string[] = [];

/** For a program that runs on: it is in its log, and so are settings that send credentials in clear text. */
export function logUnsafe(log: Log, settings: Settings): void {
  for (const told of [...unsafe, ...inClearText(settings)]) log.warn({ told }, 'environment.unsafe');
}

function inClearText({ kafka: { sasl, tls }, registry }: Settings): string[] {
  const open = registry.endpoints.some(({ url, authorization }) => authorization !== undefined && isOpen(new URL(url)));
  return [
    ...(!tls && (sasl?.mechanism === 'plain' || sasl?.mechanism === 'oauthbearer')
      ? [
          `the ${sasl.mechanism === 'plain' ? 'password' : 'token'} of Kafka goes out in clear text: set KAFKA_SSL=true, or a scram mechanism`,
        ]
      : []),
    ...(open
      ? ['the password of the schema registry, or its token, goes out in clear text: use https in SCHEMA_REGISTRY_URL']
      : []),
  ];
}

/** Anybody on the way can read along. */
const isOpen = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
