// What a connector says of its requests: `deliver.method`, `url`, `headers`, `contentType`, `body`, and `onLeave` where a withdrawal
// goes out in another way than a rule.
import type { JsonSchema } from '../forms/json-schema.ts';
import { urlSecrets } from '../text/masked-url.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { HeaderTemplates } from './header-template.ts';
import { compileHeaderTemplates } from './header-template.ts';
import type { Leaving } from './leaving.ts';
import type { BodyKind } from './media-type.ts';
import { compileContentType, JSON_TYPE } from './media-type.ts';
import type { Method } from './request-plan.ts';
import { RequestPlan } from './request-plan.ts';
import type { TemplateContext, UrlTemplate } from './url-template.ts';
import { compileUrl } from './url-template.ts';

export interface RawRequest {
  readonly method?: Method;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: BodyKind;
  readonly batch?: object;
}

/** A plan is absent where requests are as ever: POST, JSON, the same URL for all records. */
export interface Requests {
  readonly rule: RequestPlan | undefined;
  readonly withdrawal: RequestPlan | undefined;
}

/** What a request carries to be let in, beside a token that is fetched for it. */
export interface Credentials {
  /** Header in lower case → value; a bearer token is here as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Dotted path in the body → secret value; added after mapping and digest. */
  readonly body?: Readonly<Record<string, string>>;
}

const AT = ['deliver'];
const AS_EVER: Omit<Way, 'url'> = { method: 'POST', body: 'json', contentType: JSON_TYPE };

interface Way {
  readonly url: UrlTemplate;
  readonly method: Method;
  readonly body: BodyKind | 'none';
  readonly contentType: string;
}

export function compileRequests(
  raw: RawRequest,
  url: UrlTemplate,
  leaving: Leaving | undefined,
  auth: Credentials,
  context: TemplateContext,
): Requests {
  const { findings } = context;
  const body = raw.body ?? 'json';
  const contentType = compileContentType(raw.contentType, body, [...AT, 'contentType'], findings);
  const credentials = Object.keys(auth.headers ?? {});
  const headers = compileHeaderTemplates(raw.headers ?? {}, credentials, [...AT, 'headers'], context);
  const way: Way = { url, method: raw.method ?? AS_EVER.method, body, contentType };
  const rule = planOf(way, headers);
  if (raw.batch !== undefined) checkBatch(rule, leaving, findings);
  if (leaving === undefined) return { rule, withdrawal: undefined };
  const withdrawal = planOf(wayOf(leaving, way, auth, context), headers);
  return { rule, withdrawal };
}

function planOf({ url, method, body, contentType }: Way, headers: HeaderTemplates): RequestPlan | undefined {
  const isAsEver =
    method === AS_EVER.method &&
    body === AS_EVER.body &&
    contentType === AS_EVER.contentType &&
    url.target === undefined &&
    !url.isOther &&
    Object.keys(headers.constant).length + headers.filled.length === 0;
  if (isAsEver) return undefined;
  const { origin, pathname, search } = URL.parse(url.fixed) ?? { origin: '', pathname: '', search: '' };
  return new RequestPlan({
    ...{ method, body, contentType, headers, origin, shown: url.shown },
    target: url.target ?? pathname + search,
  });
}

/** How a withdrawal goes out: as a rule does, but for what `onLeave` says. */
function wayOf(leaving: Leaving, rule: Way, auth: Credentials, context: TemplateContext): Way {
  const { findings, variables } = context;
  const method = leaving.method ?? rule.method;
  const hasBody = leaving.send !== undefined;
  if (!hasBody && method !== 'DELETE') {
    const remedy = 'name a mapping file, e.g. withdrawal.json, or use method: DELETE, which alone may have no body';
    findings.add(['onLeave', 'send'], 'is missing', remedy);
  } else if (!hasBody && auth.body !== undefined) {
    const remedy = 'add onLeave.send, or use deliver.auth.header';
    findings.add([...AT, 'auth', 'body'], 'a DELETE without a body cannot carry credentials in it', remedy);
  }
  const body = hasBody ? rule.body : 'none';
  if (leaving.url === undefined) return { ...rule, method, body };
  const at = ['onLeave', 'url'];
  const url = compileUrl(leaving.url, at, context);
  for (const secret of urlSecrets(url.fixed)) variables.secrets.add(secret);
  checkOrigin(url, rule.url, at, findings);
  return { ...rule, method, body, url: { ...url, isOther: true } };
}

/** Pool, breaker and allowed networks are those of one endpoint. */
function checkOrigin(url: UrlTemplate, rule: UrlTemplate, at: FieldPath, findings: Findings): void {
  if (url.fixed === '' || rule.fixed === '') return;
  const origin = URL.parse(url.fixed)?.origin;
  if (origin === URL.parse(rule.fixed)?.origin) return;
  const message = origin === undefined ? 'is not an http or https URL' : 'leads to another host than deliver.url';
  findings.add(at, message, 'use the scheme, host and port of deliver.url');
}

function checkBatch(rule: RequestPlan | undefined, leaving: Leaving | undefined, findings: Findings): void {
  if (rule?.isConstant === false) {
    const message = 'a batch is one request for many records, and the url or a header holds fields of one';
    findings.add([...AT, 'batch'], message, 'remove the placeholders, or the batch');
  }
  if (rule?.body === 'form')
    findings.add([...AT, 'body'], 'a batch is a list, for which a form has no place', 'remove body, or the batch');
  if (leaving?.method !== undefined || leaving?.url !== undefined)
    findings.add(
      ['onLeave'],
      'a withdrawal is sent in the same batch as rules are, and cannot have a request of its own',
      'remove method and url, or deliver.batch',
    );
}

/** Lists of records have no names in a form. */
export function checkForm(bodySchema: JsonSchema, at: FieldPath, findings: Findings): void {
  const list = listOfRecords(bodySchema, '');
  if (list === undefined) return;
  findings.add(at, `${list} is a list of records, for which a form has no place`, 'map it with "as": "json-text"');
}

function listOfRecords(schema: JsonSchema, path: string): string | undefined {
  const { properties, items, anyOf } = schema as {
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
    anyOf?: JsonSchema[];
  };
  if (items !== undefined && [items, ...((items['anyOf'] as JsonSchema[] | undefined) ?? [])].some(isHolder))
    return path;
  for (const choice of anyOf ?? []) {
    const found = listOfRecords(choice, path);
    if (found !== undefined) return found;
  }
  for (const [name, inner] of Object.entries(properties ?? {})) {
    const found = listOfRecords(inner, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isHolder = ({ type }: JsonSchema): boolean => type === 'object' || type === 'array';
