// `contentType` of a connector: a form says so, and JSON is not called what it can never be.
import type { FieldPath, Findings } from '../text/problem.ts';
import { FORM_TYPE } from './form-body.ts';

export const JSON_TYPE = 'application/json';

export type BodyKind = 'json' | 'form';

/** Others are the partner's business: there are names of its own for JSON. */
const NO_JSON = /^((multipart|image|audio|video|font)\/.*|application\/octet-stream|(text|application)\/(.*\+)?xml)$/;

export function compileContentType(raw: string | undefined, body: BodyKind, at: FieldPath, findings: Findings): string {
  if (raw === undefined) return body === 'form' ? FORM_TYPE : JSON_TYPE;
  const [type = '', ...parameters] = raw.toLowerCase().split(';');
  const isForm = type.trim() === FORM_TYPE;
  if (isForm && body === 'json')
    findings.add(at, 'the body is JSON, not a form', 'add deliver.body: form, or remove it');
  else if (!isForm && body === 'form') findings.add(at, 'the body is a form', `remove it: ${FORM_TYPE} is sent`);
  else if (NO_JSON.test(type.trim()))
    findings.add(at, `"${type.trim()}" does not name JSON`, `use ${JSON_TYPE}, or a type that ends in +json`);
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))
    findings.add(at, 'the body is sent in UTF-8', 'write charset=utf-8, or leave it out');
  return raw;
}
