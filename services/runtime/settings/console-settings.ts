// The settings of the console: where it listens, who may sign in and how, and where what has ended is kept.
import { isIPv6 } from 'node:net';
import type { ValuesOf } from './setting.ts';
import { define, keys, keysUrl, list, pem, portSetting, positive, publicUrl, text, URL_SHOWN } from './setting.ts';

export interface ConsoleSettings {
  readonly host: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly access: ConsoleAccess;
}

/** Who may do what, and how they show who they are; without tokens and OIDC whoever is on this machine may do everything. */
export interface ConsoleAccess {
  /** Where browsers reach it, without a slash at the end; absent: where it listens. */
  readonly publicUrl?: string;
  /** CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly proxies: readonly string[];
  /** The YAML file of who may do what. */
  readonly rights?: string;
  /** The YAML file of tokens. */
  readonly tokens?: string;
  readonly oidc?: OidcSettings;
  /** The first one seals, all open. Empty: one that is made at the start. */
  readonly keys: readonly string[];
  /** The file of sessions and links that have ended before their time. */
  readonly ended: string;
  readonly idleMs: number;
  readonly sessionMs: number;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret?: string;
  readonly redirectUrl: string;
  readonly scope: string;
  /** The claim that names a person in the audit. */
  readonly nameClaim: string;
}

export const CONSOLE_SETTINGS = {
  ESS_CONSOLE_PORT: portSetting('the console', 8080),
  ESS_CONSOLE_HOST: define({
    description: 'Address of the console; one that others reach asks for ESS_CONSOLE_TOKENS or ESS_CONSOLE_OIDC_ISSUER',
    default: '127.0.0.1',
    parse: text,
  }),
  ESS_CONSOLE_PUBLIC_URL: define({
    description: 'Where browsers reach the console, e.g. behind a proxy that ends TLS',
    ...URL_SHOWN,
    parse: publicUrl,
  }),
  ESS_CONSOLE_PROXIES: define({
    description: 'Networks (CIDR) of proxies before the console, whose X-Forwarded-For names who asks',
    parse: list,
  }),
  ESS_CONSOLE_TLS_CERT: define({ description: 'Certificate of the console (PEM)', parse: pem }),
  ESS_CONSOLE_TLS_KEY: define({ description: 'Key of that certificate (PEM)', secret: true, parse: pem }),
  ESS_CONSOLE_RIGHTS: define({ description: 'File (YAML) of who may do what at the console', parse: text }),
  ESS_CONSOLE_TOKENS: define({
    description:
      'File (YAML) of the tokens that let somebody in: name: sha256:…; "ess keys new --console-token" makes one',
    parse: text,
  }),
  ESS_CONSOLE_OIDC_ISSUER: define({
    description: 'OpenID Connect: the issuer that people sign in at',
    ...URL_SHOWN,
    parse: keysUrl,
  }),
  ESS_CONSOLE_OIDC_CLIENT_ID: define({ description: 'What the console is called there', parse: text }),
  ESS_CONSOLE_OIDC_CLIENT_SECRET: define({
    description: 'Secret of that client; none = a public one',
    secret: true,
    parse: text,
  }),
  ESS_CONSOLE_OIDC_REDIRECT_URL: define({
    description: 'Where the issuer sends people back to; default: /sign-in/back below ESS_CONSOLE_PUBLIC_URL',
    parse: publicUrl,
  }),
  ESS_CONSOLE_OIDC_SCOPE: define({
    description: 'What is asked for; the claims that ESS_CONSOLE_RIGHTS names must come with it',
    default: 'openid profile email',
    parse: text,
  }),
  ESS_CONSOLE_OIDC_NAME: define({
    description: 'Claim that names a person in the audit; where it is missing: sub',
    default: 'email',
    parse: text,
  }),
  ESS_CONSOLE_KEYS: define({
    description: 'Keys that seal sessions and sign links, separated by commas; the first one seals, all open',
    secret: true,
    parse: keys,
  }),
  ESS_CONSOLE_ENDED: define({
    description: 'File in which is kept which sessions and links have ended before their time',
    default: './.ess/console-ended.jsonl',
    parse: text,
  }),
  ESS_CONSOLE_IDLE_MINUTES: define({
    description: 'A session in which nothing is asked ends after so long',
    default: '60',
    parse: positive,
  }),
  ESS_CONSOLE_SESSION_HOURS: define({
    description: 'Every session ends after so long',
    default: '12',
    parse: positive,
  }),
};

type Values = ValuesOf<typeof CONSOLE_SETTINGS>;

export function consoleConflicts(values: Values): string[] {
  const { ESS_CONSOLE_TOKENS: tokens, ESS_CONSOLE_RIGHTS: rights } = values;
  const { ESS_CONSOLE_OIDC_ISSUER: issuer, ESS_CONSOLE_OIDC_CLIENT_ID: client } = values;
  const signsIn = tokens !== undefined || issuer !== undefined;
  const problems: string[] = [];
  if ((values.ESS_CONSOLE_TLS_CERT === undefined) !== (values.ESS_CONSOLE_TLS_KEY === undefined))
    problems.push('ESS_CONSOLE_TLS_CERT and ESS_CONSOLE_TLS_KEY must be set together');
  if ((issuer === undefined) !== (client === undefined))
    problems.push('ESS_CONSOLE_OIDC_ISSUER and ESS_CONSOLE_OIDC_CLIENT_ID must be set together');
  if (issuer !== undefined && (values.ESS_CONSOLE_OIDC_REDIRECT_URL ?? values.ESS_CONSOLE_PUBLIC_URL) === undefined)
    problems.push(
      'ESS_CONSOLE_PUBLIC_URL must be set with ESS_CONSOLE_OIDC_ISSUER: the issuer sends people back there',
    );
  if (signsIn && rights === undefined)
    problems.push(
      'ESS_CONSOLE_RIGHTS must be set with ESS_CONSOLE_TOKENS or _OIDC_ISSUER: else nobody may do anything',
    );
  if (!signsIn && rights !== undefined)
    problems.push(
      'ESS_CONSOLE_RIGHTS is set and nobody can sign in: set ESS_CONSOLE_TOKENS or ESS_CONSOLE_OIDC_ISSUER',
    );
  return problems;
}

/**
 * What keeps a console from listening at an address.
 * @returns undefined: it may
 */
export function openToAll(
  host: string,
  { tokens, oidc, publicUrl: at, proxies }: Pick<ConsoleAccess, 'tokens' | 'oidc' | 'publicUrl' | 'proxies'>,
): string | undefined {
  if (tokens !== undefined || oidc) return undefined;
  const setting = proxies.length > 0 ? 'ESS_CONSOLE_PROXIES' : 'ESS_CONSOLE_PUBLIC_URL';
  const isNear = at === undefined || isLoopback(new URL(at).hostname.replace(/^\[(.*)\]$/, '$1'));
  const trouble = !isLoopback(host)
    ? `listen on ${host}`
    : proxies.length > 0 || !isNear
      ? `start behind a proxy (${setting})`
      : undefined;
  if (trouble === undefined) return undefined;
  return (
    `the console does not ${trouble}: whoever reaches it there could do everything. Set ESS_CONSOLE_TOKENS or ` +
    'ESS_CONSOLE_OIDC_ISSUER, with ESS_CONSOLE_RIGHTS; or leave --host and these settings away and forward the port: ' +
    'ssh -L 8080:127.0.0.1:8080 HOST'
  );
}

/** As Node takes an address to listen on: localhost is looked up, and leads to this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || (isIPv6(host) && /^(0*:)*:?0*1$/.test(host));

export function consoleOf(values: Values): ConsoleSettings {
  const { ESS_CONSOLE_TLS_CERT: cert, ESS_CONSOLE_TLS_KEY: key, ESS_CONSOLE_RIGHTS: rights } = values;
  const { ESS_CONSOLE_TOKENS: tokens } = values;
  const publicAt = values.ESS_CONSOLE_PUBLIC_URL?.replace(/\/+$/, '');
  const oidc = oidcOf(values, publicAt);
  return {
    host: values.ESS_CONSOLE_HOST ?? '',
    ...(cert && key && { tls: { cert, key } }),
    access: {
      ...(publicAt !== undefined && { publicUrl: publicAt }),
      ...(rights !== undefined && { rights }),
      ...(tokens !== undefined && { tokens }),
      ...(oidc && { oidc }),
      proxies: values.ESS_CONSOLE_PROXIES ?? [],
      keys: values.ESS_CONSOLE_KEYS ?? [],
      ended: values.ESS_CONSOLE_ENDED ?? '',
      idleMs: (values.ESS_CONSOLE_IDLE_MINUTES ?? 0) * 60_000,
      sessionMs: (values.ESS_CONSOLE_SESSION_HOURS ?? 0) * 3_600_000,
    },
  };
}

function oidcOf(values: Values, publicAt: string | undefined): OidcSettings | undefined {
  const { ESS_CONSOLE_OIDC_ISSUER: issuer, ESS_CONSOLE_OIDC_CLIENT_ID: clientId } = values;
  const redirectUrl = values.ESS_CONSOLE_OIDC_REDIRECT_URL ?? (publicAt && `${publicAt}/sign-in/back`);
  if (issuer === undefined || clientId === undefined || redirectUrl === undefined) return undefined;
  const { ESS_CONSOLE_OIDC_CLIENT_SECRET: clientSecret } = values;
  return {
    ...{ issuer, clientId, redirectUrl },
    ...(clientSecret !== undefined && { clientSecret }),
    scope: values.ESS_CONSOLE_OIDC_SCOPE ?? '',
    nameClaim: values.ESS_CONSOLE_OIDC_NAME ?? '',
  };
}
