// The settings of Kafka, which make sense only together: where it is, TLS, and who we are there.
import type { KafkaAccess, Material, TokenLogin } from '@ess/domain/stream/kafka-access.ts';
import type { ValuesOf } from './setting.ts';
import { brokers, choice, define, flag, pem, text, tokenUrl, URL_SHOWN } from './setting.ts';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

export const KAFKA_SETTINGS = {
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
    description: 'plain, scram-sha-256, scram-sha-512 or oauthbearer',
    parse: choice(...MECHANISMS),
  }),
  KAFKA_SASL_USERNAME: define({
    description: 'Kafka user; <program> in it stands for worker, bridge and the like, for ops at the command line',
    parse: text,
  }),
  KAFKA_SASL_PASSWORD: define({ description: 'Password of the Kafka user', secret: true, parse: text }),
  KAFKA_SASL_OAUTHBEARER_TOKEN_URL: define({
    description: 'With oauthbearer: where a token is fetched (OAuth 2.0 client credentials)',
    ...URL_SHOWN,
    parse: tokenUrl,
  }),
  KAFKA_SASL_OAUTHBEARER_CLIENT_ID: define({ description: 'The client that the token is for', parse: text }),
  KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: define({ description: 'Secret of that client', secret: true, parse: text }),
  KAFKA_SASL_OAUTHBEARER_SCOPE: define({ description: 'Scope that the token is asked for with', parse: text }),
};

/** Where `<program>` stands for a name: programs of one environment (`ess serve`) are users of their own. */
const PER_PROGRAM = /^KAFKA_(SASL_USERNAME|SASL_OAUTHBEARER_CLIENT_ID|S(ASL|SL)_\w+_FILE)$/;

/** @param user whose program it is, as `ess-worker` */
export function ofProgram(env: NodeJS.ProcessEnv, user: string): NodeJS.ProcessEnv {
  const program = user.replace(/^ess-/, '');
  const own = Object.entries(env).filter(([name]) => PER_PROGRAM.test(name));
  return { ...env, ...Object.fromEntries(own.map(([name, value]) => [name, value?.replaceAll('<program>', program)])) };
}

export type KafkaSettingName = keyof typeof KAFKA_SETTINGS;

type KafkaValues = ValuesOf<typeof KAFKA_SETTINGS>;

const USER = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const CLIENT = [
  'KAFKA_SASL_OAUTHBEARER_TOKEN_URL',
  'KAFKA_SASL_OAUTHBEARER_CLIENT_ID',
  'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET',
] as const;

export function kafkaConflicts(values: KafkaValues): string[] {
  const byToken = values.KAFKA_SASL_MECHANISM === 'oauthbearer';
  const problems = byToken ? together(values, CLIENT, 'oauthbearer needs') : together(values, USER, 'SASL needs');
  const strangers = (byToken ? USER : CLIENT).filter((name) => values[name] !== undefined);
  if (byToken && strangers.length > 0) problems.push(`${strangers.join(' and ')} must not be set with oauthbearer`);
  if (!byToken && strangers.length > 0)
    problems.push(`KAFKA_SASL_MECHANISM must be oauthbearer when ${strangers.join(' and ')} is set`);
  if ((values.KAFKA_SSL_CERT === undefined) !== (values.KAFKA_SSL_KEY === undefined))
    problems.push('KAFKA_SSL_CERT and KAFKA_SSL_KEY must be set together');
  const material = values.KAFKA_SSL_CA ?? values.KAFKA_SSL_CERT ?? values.KAFKA_SSL_KEY;
  if (values.KAFKA_SSL === false && material !== undefined)
    problems.push('KAFKA_SSL must be true when KAFKA_SSL_CA, _CERT or _KEY is set');
  return problems;
}

function together(values: KafkaValues, names: readonly (keyof KafkaValues)[], needs: string): string[] {
  const all = ['KAFKA_SASL_MECHANISM' as const, ...names];
  const missing = all.filter((name) => values[name] === undefined);
  if (missing.length === 0 || missing.length === all.length) return [];
  return [`${missing.join(' and ')} must be set too: ${needs} all ${all.length === 3 ? 'three' : 'four'}`];
}

/** @param fileOf the file that a setting came from; undefined: none */
export function kafkaOf(values: KafkaValues, fileOf: (name: KafkaSettingName) => string | undefined): KafkaAccess {
  const material = (name: KafkaSettingName): Material | undefined => {
    const [value, file] = [values[name], fileOf(name)];
    return typeof value === 'string' ? { text: value, ...(file !== undefined && { file }) } : undefined;
  };
  const [ca, cert, key] = [material('KAFKA_SSL_CA'), material('KAFKA_SSL_CERT'), material('KAFKA_SSL_KEY')];
  const sasl = saslOf(values, material);
  return {
    brokers: values.KAFKA_BROKERS ?? [],
    ...(values.KAFKA_SSL && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
    ...(sasl && { sasl }),
  };
}

function saslOf(
  values: KafkaValues,
  material: (name: KafkaSettingName) => Material | undefined,
): KafkaAccess['sasl'] | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = values;
  if (mechanism === 'oauthbearer') return tokenLogin(values, material('KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET'));
  const password = material('KAFKA_SASL_PASSWORD');
  return mechanism && username && password ? { mechanism, username, password } : undefined;
}

function tokenLogin(values: KafkaValues, clientSecret: Material | undefined): TokenLogin | undefined {
  const url = values.KAFKA_SASL_OAUTHBEARER_TOKEN_URL;
  const clientId = values.KAFKA_SASL_OAUTHBEARER_CLIENT_ID;
  const scope = values.KAFKA_SASL_OAUTHBEARER_SCOPE;
  if (url === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return { mechanism: 'oauthbearer', tokenUrl: url, clientId, clientSecret, ...(scope !== undefined && { scope }) };
}
