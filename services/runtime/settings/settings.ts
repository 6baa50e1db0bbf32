// The settings of a program: environment, else the local stack that runs here, else the default. Resolved once, frozen;
// what is wrong is reported all at once, by name.
import { hostname } from 'node:os';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import type { RegistryAccess } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { urlSecrets } from '@ess/domain/text/masked-url.ts';
import type { JwtSettings } from '../access/jwt.ts';
import type { TraceSettings } from '../trace/tracer.ts';
import type { BridgeSettings } from './bridge-settings.ts';
import { bridgeOf } from './bridge-settings.ts';
import type { ConsoleSettings } from './console-settings.ts';
import { consoleConflicts, consoleOf } from './console-settings.ts';
import { fileRefused, readVariable } from './environment.ts';
import { kafkaConflicts, kafkaOf, ofProgram } from './kafka-settings.ts';
import { basicSecrets, registryConflicts, registryOf } from './registry-settings.ts';
import type { Parse, Setting, ValuesOf } from './setting.ts';
import type { SettingName } from './settings-table.ts';
import { SETTINGS } from './settings-table.ts';
import { LOCAL_PERSON, readStack } from './stack-file.ts';
import { tracingOf } from './trace-settings.ts';

export interface Settings {
  readonly kafka: KafkaAccess;
  readonly registry: RegistryAccess;
  /** Folder of the connectors. */
  readonly connectors: string;
  readonly ports: {
    readonly console: number;
    readonly consoleAdmin: number;
    readonly bridge: number;
    readonly inbound: number;
    readonly worker: number;
    readonly observer: number;
    readonly serve: number;
  };
  readonly adminHost: string;
  /** Names by which the admin listeners may be called. */
  readonly adminHosts: readonly string[];
  readonly console: ConsoleSettings;
  readonly bridge: BridgeSettings;
  readonly inbound: InboundSettings;
  readonly view: ViewSettings;
  /** Records that one person may have sent again or dropped; Infinity: any number. */
  readonly approvalRecords: number;
  /** Of a worker; 0: none but its own. */
  readonly senderThreads: number;
  readonly cursorKeys: readonly string[];
  /** Absent: no partner can come with a token. */
  readonly jwt?: JwtSettings;
  readonly tracing: TraceSettings;
  readonly logLevel: Values['ESS_LOG_LEVEL'] & string;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
}

/** Of the lock-step view. */
export interface ViewSettings {
  /** In which it is kept; absent: it is kept nowhere. */
  readonly file?: string;
  /** How large the index of the audit beside it may be. */
  readonly indexBytes: number;
  /** By which the observer is asked; absent: nobody asks it. */
  readonly token?: string;
}

/** What the doors need beside their port. */
export interface InboundSettings {
  readonly host: string;
  readonly adminPort: number;
  readonly docs: boolean;
  readonly publicUrl?: string;
  /** How long an idempotency key is remembered. */
  readonly windowMs: number;
  /** Keys remembered for each topic. */
  readonly maxKeys: number;
  /** Connections and requests of one address that has shown no credentials. */
  readonly anonymousPerAddress: number;
  /** CIDR ranges of proxies that pass the subject of a client certificate, in this header. */
  readonly proxies: readonly string[];
  readonly clientSubjectHeader: string;
}

type Values = ValuesOf<typeof SETTINGS>;

export type SettingSource = 'environment' | 'file' | 'local stack' | 'default' | 'not set';
export interface SettingRow {
  readonly name: SettingName;
  /** Secrets are masked. */
  readonly value: string;
  readonly source: SettingSource;
  readonly description: string;
}

/** Written by `ess up` while the stack runs. */
export const STACK_FILE = '.ess/stack.json';

/**
 * @param stackFile used only when the environment names no broker
 * @param user as whom, where that stack is a secured one, or the environment says `<program>`
 * @throws EssError ESS_CONFIG listing every wrong variable
 */
export function loadSettings(
  shared: NodeJS.ProcessEnv = process.env,
  stackFile: string = STACK_FILE,
  user: string = LOCAL_PERSON,
): Settings {
  const env = ofProgram(shared, user);
  const found = resolve(env, stackFile, user);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const { name, text, source, file } of found) {
    const refused = source === 'environment' || source === 'file' ? undefined : fileRefused(env, name);
    if (refused) problems.push(`${name}_FILE: the file cannot be read: it ${refused.message} (${refused.remedy})`);
    if (text === undefined) continue;
    const place = file === undefined ? name : `${name}_FILE: what is in ${file}`;
    const value = (SETTINGS[name].parse as Parse<unknown>)(text);
    if (typeof value === 'object' && value !== null && 'wrong' in value) problems.push(`${place} ${value.wrong}`);
    else values[name] = value;
  }
  const known = values as Values;
  problems.push(...conflicts(known));
  if (problems.length > 0) {
    throw new EssError(
      'ESS_CONFIG',
      `the settings are invalid ("ess config" lists them all):\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  const fileOf = (wanted: SettingName) => found.find(({ name }) => name === wanted)?.file;
  return deepFreeze(shape(known, fileOf, [...secretsOf(found), ...basicSecrets(known), ...proxySecrets(env)]));
}

/** Those of this process, as another user of a secured local stack. */
export const settingsAs = (user: string): Settings => loadSettings(process.env, STACK_FILE, user);

/** What must never be shown, of settings that need not be valid. */
export function settingSecrets(env: NodeJS.ProcessEnv = process.env): string[] {
  return [...secretsOf(resolve(ofProgram(env, LOCAL_PERSON), '', LOCAL_PERSON)), ...proxySecrets(env)];
}

/** One row for each variable, valid or not, for `ess config`. */
export function describeSettings(env: NodeJS.ProcessEnv = process.env, stackFile: string = STACK_FILE): SettingRow[] {
  return resolve(ofProgram(env, LOCAL_PERSON), stackFile, LOCAL_PERSON).map(({ name, text, source }) => {
    const { description, secret, show = asItIs } = SETTINGS[name] as Setting<unknown>;
    // A key may stand in the wrong variable, or behind its certificate in one file.
    const hidden = secret || text?.includes('PRIVATE KEY');
    return { name, value: text === undefined ? '' : hidden ? '********' : show(text), source, description };
  });
}

/** Not ours, but a client may quote its proxy in an error. */
const proxySecrets = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(env).flatMap((name) => (/^(https?|all)_proxy$/i.test(name) ? urlSecrets(env[name] ?? '') : []));

const asItIs = (text: string): string => text;

/** Each of several keys is a secret by itself. */
const KEY_LISTS: ReadonlySet<SettingName> = new Set(['ESS_CURSOR_KEYS', 'ESS_CONSOLE_KEYS']);

function secretsOf(found: readonly Resolved[]): string[] {
  return found.flatMap(({ name, text }) => {
    if (text === undefined) return [];
    const { secret, secrets } = SETTINGS[name] as Setting<unknown>;
    const parts = KEY_LISTS.has(name) ? text.split(',').map((key) => key.trim()) : [];
    return [...(secret ? [text, ...parts] : []), ...(secrets?.(text) ?? [])];
  });
}

interface Resolved {
  readonly name: SettingName;
  readonly text: string | undefined;
  readonly source: SettingSource;
  /** That it was read from. */
  readonly file?: string | undefined;
}

function resolve(env: NodeJS.ProcessEnv, stackFile: string, user: string): Resolved[] {
  const isNamed = readVariable(env, 'KAFKA_BROKERS') !== undefined;
  const stack = isNamed ? {} : readStack(stackFile, user);
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const text = readVariable(env, name);
    if (text !== undefined)
      return env[name]
        ? { name, text, source: 'environment' }
        : { name, text, source: 'file', file: env[`${name}_FILE`] };
    const ofStack = readVariable(stack, name);
    if (ofStack !== undefined) return { name, text: ofStack, source: 'local stack', file: stack[`${name}_FILE`] };
    const usual = (SETTINGS[name] as Setting<unknown>).default;
    return { name, text: usual, source: usual === undefined ? 'not set' : 'default' };
  });
}

/** Settings that make sense only together. */
function conflicts(values: Values): string[] {
  const problems: string[] = [];
  if ((values.ESS_BRIDGE_TLS_CERT === undefined) !== (values.ESS_BRIDGE_TLS_KEY === undefined)) {
    problems.push('ESS_BRIDGE_TLS_CERT and ESS_BRIDGE_TLS_KEY must be set together');
  }
  const keys = [values.ESS_JWT_JWKS_URL, values.ESS_JWT_KEY].filter((value) => value !== undefined);
  const jwt = [values.ESS_JWT_ISSUER, values.ESS_JWT_AUDIENCE, ...keys].filter((value) => value !== undefined);
  if (jwt.length > 0 && (keys.length !== 1 || jwt.length !== 3)) {
    problems.push('ESS_JWT_ISSUER, ESS_JWT_AUDIENCE and one of ESS_JWT_JWKS_URL or ESS_JWT_KEY belong together');
  }
  return [...kafkaConflicts(values), ...problems, ...registryConflicts(values), ...consoleConflicts(values)];
}

function shape(
  values: Values,
  fileOf: (name: SettingName) => string | undefined,
  secrets: readonly string[],
): Settings {
  return {
    kafka: kafkaOf(values, fileOf),
    registry: registryOf(values),
    connectors: values.ESS_CONNECTORS ?? '',
    ports: {
      console: values.ESS_CONSOLE_PORT ?? 0,
      consoleAdmin: values.ESS_CONSOLE_ADMIN_PORT ?? 0,
      bridge: values.ESS_BRIDGE_PORT ?? 0,
      inbound: values.ESS_INBOUND_PORT ?? 0,
      worker: values.ESS_WORKER_PORT ?? 0,
      observer: values.ESS_OBSERVER_PORT ?? 0,
      serve: values.ESS_SERVE_PORT ?? 0,
    },
    adminHost: values.ESS_ADMIN_HOST ?? '',
    adminHosts: values.ESS_ADMIN_HOSTS ?? [hostname(), values.ESS_POD_SERVICE].filter((name) => name !== undefined),
    console: consoleOf(values),
    bridge: bridgeOf(values),
    inbound: {
      host: values.ESS_INBOUND_HOST ?? '',
      adminPort: values.ESS_INBOUND_ADMIN_PORT ?? 0,
      docs: values.ESS_INBOUND_DOCS ?? true,
      ...(values.ESS_INBOUND_PUBLIC_URL !== undefined && { publicUrl: values.ESS_INBOUND_PUBLIC_URL }),
      windowMs: (values.ESS_INBOUND_WINDOW_HOURS ?? 0) * 3_600_000,
      maxKeys: values.ESS_INBOUND_MAX_KEYS ?? 0,
      anonymousPerAddress: values.ESS_INBOUND_ANONYMOUS_PER_ADDRESS ?? 0,
      proxies: values.ESS_INBOUND_PROXIES ?? [],
      clientSubjectHeader: values.ESS_INBOUND_CLIENT_SUBJECT_HEADER ?? '',
    },
    view: {
      ...(values.ESS_VIEW_FILE !== undefined && values.ESS_VIEW_FILE !== 'none' && { file: values.ESS_VIEW_FILE }),
      indexBytes: values.ESS_VIEW_INDEX_BYTES ?? 0,
      ...(values.ESS_VIEW_TOKEN !== undefined && { token: values.ESS_VIEW_TOKEN }),
    },
    approvalRecords: values.ESS_APPROVAL_RECORDS ?? Number.POSITIVE_INFINITY,
    senderThreads: values.ESS_WORKER_THREADS ?? 0,
    cursorKeys: values.ESS_CURSOR_KEYS ?? [],
    ...jwtOf(values),
    tracing: tracingOf(values),
    logLevel: values.ESS_LOG_LEVEL ?? 'info',
    secrets,
  };
}

function jwtOf(values: Values): { jwt?: JwtSettings } {
  const { ESS_JWT_ISSUER: issuer, ESS_JWT_AUDIENCE: audience, ESS_JWT_JWKS_URL: jwksUrl, ESS_JWT_KEY: key } = values;
  if (issuer === undefined || audience === undefined) return {};
  if (jwksUrl !== undefined) return { jwt: { issuer, audience, keys: { jwksUrl } } };
  return key === undefined ? {} : { jwt: { issuer, audience, keys: { key } } };
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
