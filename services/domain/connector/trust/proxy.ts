// `deliver.proxy`: the way to a partner leads through another server, which is asked for a tunnel (CONNECT). Either the connector
// names it, or `environment` takes what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say of the partner's URL.
import { urlSecrets, withoutCredentials } from '../../text/masked-url.ts';
import type { FieldPath } from '../../text/problem.ts';
import type { CheckContext } from '../../values/check-context.ts';
import { isExcepted } from './no-proxy.ts';

export interface PartnerProxy {
  /** http or https, without user and password. */
  readonly url: string;
  /** Value of `proxy-authorization`. */
  readonly authorization?: string;
  /** True: the connector names it, so `allow` must list its address. False: the environment names it, and whoever runs ESS is trusted. */
  readonly isJudged: boolean;
}

/** In small letters first, as curl has it. */
const VARIABLES = { 'https:': ['https_proxy', 'HTTPS_PROXY'], 'http:': ['http_proxy', 'HTTP_PROXY'] } as const;
const EXCEPTIONS = ['no_proxy', 'NO_PROXY'] as const;
export const PROXY_VARIABLES: readonly string[] = [...VARIABLES['https:'], ...VARIABLES['http:']];
/** Of a text whose variables were taken out: what is left of a password was written into the file. */
const WRITTEN_PASSWORD = /^[a-z0-9+]+:\/\/[^/@:]*:[^/@]+@/i;
const REMEDY = 'write http://host:port or https://host:port; %40, %3A and %2F stand for @, : and / in a password';

/** @returns what finds the way to a URL: undefined means that there is no proxy on it */
export function compileProxy(
  raw: string | undefined,
  at: FieldPath,
  context: CheckContext,
): (target: string) => PartnerProxy | undefined {
  if (raw === undefined) return () => undefined;
  if (raw === 'environment') return (target) => proxyOfEnvironment(target, at, context);
  const { variables, findings } = context;
  if (WRITTEN_PASSWORD.test(raw.replaceAll(/\$\{[^}]*\}/g, '')))
    findings.add(
      at,
      'a password is written into the file',
      `put the URL into the environment and write "\${…_PROXY}" here; then change the password, it has been seen`,
    );
  const text = variables.text(raw, at, { defaults: true });
  const proxy = text === '' ? undefined : proxyIn(text, true, at, context);
  return () => proxy;
}

function proxyIn(text: string, isJudged: boolean, at: FieldPath, { variables, findings }: CheckContext, of = '') {
  for (const secret of urlSecrets(text)) variables.secrets.add(secret);
  const url = URL.parse(text);
  const what = of === '' ? '' : `${of} `;
  if (url === null || url.hostname === '') findings.add(at, `${what}is not the URL of a proxy`, REMEDY);
  else if (!['http:', 'https:'].includes(url.protocol))
    findings.add(at, `${what}names a proxy of another kind than http or https`, REMEDY);
  else if (url.pathname.length > 1 || url.search !== '' || url.hash !== '')
    findings.add(at, `${what}holds more than a host and a port`, REMEDY);
  else {
    const { url: plain, authorization } = withoutCredentials(text);
    const proxy: PartnerProxy = { url: new URL(plain).origin, isJudged, ...(authorization && { authorization }) };
    if (authorization !== undefined) variables.secrets.add(authorization.replace('Basic ', ''));
    return proxy;
  }
  return undefined;
}

function proxyOfEnvironment(target: string, at: FieldPath, context: CheckContext): PartnerProxy | undefined {
  const url = URL.parse(target);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined; // told where it stands
  const { variables } = context;
  const first = (names: readonly string[]) => names.find((name) => variables.ofProgram(name) !== '');
  const name = first(VARIABLES[url.protocol]);
  if (name === undefined || isExcepted(url, variables.ofProgram(first(EXCEPTIONS) ?? 'NO_PROXY'))) return undefined;
  const text = variables.ofProgram(name);
  return proxyIn(text.includes('://') ? text : `http://${text}`, false, at, context, name);
}
