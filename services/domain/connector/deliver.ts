// `deliver` of a connector: defaults filled in, the URL and the networks checked, settings that conflict caught together.

import { compileRequests } from '../request/compile-request.ts';
import type { Leaving } from '../request/leaving.ts';
import type { RequestPlan } from '../request/request-plan.ts';
import type { TemplateContext } from '../request/url-template.ts';
import { compileUrl } from '../request/url-template.ts';
import { urlSecrets } from '../text/masked-url.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { AddressRange } from '../values/network.ts';
import { addressOf, bareHost, bitsOf, contains, isPublic, parseRange } from '../values/network.ts';
import { compileAck, compileAckWhen, compileBatchAnswer } from './ack.ts';
import { compileAuth, compileSigning } from './auth.ts';
import type { Deliver } from './connector.ts';
import type { RawDeliver } from './raw.ts';
import { compileProxy } from './trust/proxy.ts';
import { compileTls } from './trust/tls.ts';

const RETRY = { maxAttempts: 12, firstMs: 200, maxMs: 60_000 };
/** probeMaxMs bounds how late a returned partner is noticed: it is served again within 2 s. */
const BREAKER = { failureRatio: 0.5, windowMs: 10_000, minAttempts: 10, probeFirstMs: 500, probeMaxMs: 1_500 };
const AT = ['deliver'];

/** @returns `withdrawal`: how a withdrawal is sent, where it is not a POST of JSON to `url` */
export function compileDeliver(
  raw: RawDeliver,
  leaving: Leaving | undefined,
  context: TemplateContext,
): { readonly deliver: Deliver; readonly withdrawal: RequestPlan | undefined } {
  const { variables, findings } = context;
  const ranges = compileAllow(raw.allow ?? [], findings);
  const template = compileUrl(raw.url ?? '', [...AT, 'url'], context);
  const url = template.fixed;
  if (url !== '') checkUrl(url, [...AT, 'url'], ranges, findings);
  const auth = compileAuth(raw.auth ?? {}, [...AT, 'auth'], context);
  const tokenUrl = auth.oauth2ClientCredentials?.tokenUrl ?? '';
  if (tokenUrl !== '') checkUrl(tokenUrl, [...AT, 'auth', 'oauth2ClientCredentials', 'tokenUrl'], ranges, findings);
  const tls = compileTls(raw.tls, raw.auth?.mtls, AT, context);
  const isClear = url.startsWith('http:') && !tokenUrl.startsWith('https:');
  if (raw.tls !== undefined && isClear)
    findings.add(
      [...AT, 'tls'],
      'has nothing to work on: the url is plain http',
      'use https in the url, or leave tls out',
    );
  const wayTo = compileProxy(raw.proxy, [...AT, 'proxy'], context);
  const [proxy, tokenProxy] = [wayTo(url), tokenUrl === '' ? undefined : wayTo(tokenUrl)];
  const named = [proxy, tokenProxy].find((one) => one?.isJudged);
  if (named !== undefined) checkReach(new URL(named.url), [...AT, 'proxy'], ranges, findings);
  // They work, but are shown to nobody: partners give out addresses with a key in the query.
  for (const secret of [url, tokenUrl].flatMap(urlSecrets)) variables.secrets.add(secret);
  const { rule, withdrawal } = compileRequests(raw, template, leaving, auth, context);
  const deliver: Deliver = {
    url: template.text,
    ...(rule && { request: rule }),
    allow: raw.allow ?? [],
    concurrency: raw.concurrency ?? 64,
    timeoutMs: raw.timeoutMs ?? 5_000,
    ...(tls && { tls }),
    ...(raw.http2 === 'auto' && { http2: true }),
    pipelining: raw.pipelining ?? 1,
    ...(proxy && { proxy }),
    ...(tokenProxy && { tokenProxy }),
    atRebalance: raw.atRebalance ?? 'wait',
    auth,
    signSecrets: compileSigning(raw.sign, [...AT, 'sign'], context),
    retry: retryOf(raw, findings),
    catchUp: raw.catchUp ?? 'every',
    trace: raw.trace ?? 'propagate',
    ...(raw.rateLimit?.perSecond !== undefined && { rateLimit: { perSecond: raw.rateLimit.perSecond } }),
    ...batchOf(raw.batch, findings),
    status: Object.fromEntries(Object.entries(raw.status ?? {}).map(([status, kind]) => [Number(status), kind])),
    ...compileAck(raw.ack, [...AT, 'ack'], findings),
    ...compileAckWhen(raw.ackWhen, [...AT, 'ackWhen'], findings),
    breaker: breakerOf(raw, findings),
  };
  return { deliver, withdrawal };
}

function retryOf(raw: RawDeliver, findings: Findings): Deliver['retry'] {
  const retry = { ...RETRY, ...raw.retry };
  const first = raw.retry?.firstMs === undefined ? 'maxMs' : 'firstMs';
  checkOrder(retry.firstMs, retry.maxMs, [...AT, 'retry', first], findings);
  return retry;
}

function breakerOf(raw: RawDeliver, findings: Findings): Deliver['breaker'] {
  const breaker = { ...BREAKER, ...raw.breaker };
  const first = raw.breaker?.probeFirstMs === undefined ? 'probeMaxMs' : 'probeFirstMs';
  checkOrder(breaker.probeFirstMs, breaker.probeMaxMs, [...AT, 'breaker', first], findings);
  return breaker;
}

/** @returns nothing to spread when the connector sends records one by one */
function batchOf(raw: RawDeliver['batch'], findings: Findings): Pick<Deliver, 'batch'> {
  if (raw?.maxRecords === undefined || raw.maxWaitMs === undefined) return {};
  const answer = compileBatchAnswer(raw.answer, [...AT, 'batch', 'answer'], findings);
  return { batch: { maxRecords: raw.maxRecords, maxWaitMs: raw.maxWaitMs, ...answer } };
}

function compileAllow(texts: readonly string[], findings: Findings): AddressRange[] {
  const ranges: AddressRange[] = [];
  for (const [index, text] of texts.entries()) {
    const range = parseRange(text);
    if (range !== undefined) ranges.push(range);
    else findings.add([...AT, 'allow', index], `"${text}" is not a network`, 'write a CIDR range, e.g. 10.20.0.0/16');
  }
  return ranges;
}

/** Literal addresses are decided here; what a DNS name resolves to is checked by the worker when it connects. */
function checkUrl(text: string, at: FieldPath, allow: readonly AddressRange[], findings: Findings): void {
  // The value may come from the environment, so messages name its parts but never show it whole.
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    findings.add(at, 'is not an http or https URL', 'write it in full, e.g. https://partner.example/rules');
    return;
  }
  if (url.username !== '' || url.password !== '') {
    findings.add(
      at,
      'the URL holds a user or a password',
      'move them to deliver.auth (header, bearer or oauth2ClientCredentials), which is kept out of the logs',
    );
  }
  checkReach(url, at, allow, findings);
}

function checkReach(url: URL, at: FieldPath, allow: readonly AddressRange[], findings: Findings): void {
  const address = addressOf(url.hostname);
  const covered = address === undefined ? allow.length > 0 : allow.some((range) => contains(range, address));
  if (covered) return;
  const example = address === undefined ? 'the network of the host' : `"${bareHost(url.hostname)}/${bitsOf(address)}"`;
  if (url.protocol === 'http:') {
    findings.add(at, 'plain http is allowed only to listed networks', `use https, or add ${example} to deliver.allow`);
  } else if (address !== undefined && !isPublic(address)) {
    findings.add(at, `${url.hostname} is not a public address`, `add ${example} to deliver.allow`);
  }
}

function checkOrder(firstMs: number, maxMs: number, at: FieldPath, findings: Findings): void {
  if (firstMs <= maxMs) return;
  findings.add(
    at,
    `the first wait (${firstMs} ms) is longer than the longest (${maxMs} ms)`,
    'lower the first or raise the other',
  );
}
