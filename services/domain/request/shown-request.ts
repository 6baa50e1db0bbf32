// A request as it would be sent, for people: without the headers of ESS, and without credentials.
import { bodyText } from './form-body.ts';
import { JSON_TYPE } from './media-type.ts';
import type { RequestParts, RequestPlan } from './request-plan.ts';

export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: none is sent. */
  readonly body: string;
}

export function shownRequest({ origin }: RequestPlan, parts: RequestParts, document: object): ShownRequest {
  const { method, path, contentType, headers, body } = parts;
  const type = body === 'none' ? {} : { 'content-type': contentType };
  return { method, url: origin + path, headers: { ...type, ...headers }, body: bodyText(body, document) };
}

/** One sentence for whoever reads the schema of the bodies; undefined where every request is a POST of JSON. */
export function describedRequests(rule?: RequestPlan, withdrawal?: RequestPlan): string | undefined {
  if (rule === undefined && withdrawal === undefined) return undefined;
  const told = withdrawal?.method === rule?.method && withdrawal?.body === rule?.body ? undefined : withdrawal;
  return `${sentBy(rule)}.${told === undefined ? '' : ` A withdrawal: ${sentBy(told)}.`}`;
}

function sentBy(plan: RequestPlan | undefined): string {
  if (plan?.body === 'none') return `${plan.method} without a body`;
  const text = `${plan?.method ?? 'POST'} as ${plan?.contentType ?? JSON_TYPE}`;
  if (plan?.body !== 'form') return text;
  return `${text}: every value is a text, names inside others are written a.b, a list repeats its name, null is left out`;
}
