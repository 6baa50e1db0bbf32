// `contentType` of a connector: it must say what the body is.
import type { FieldPath, Findings } from '../text/problem.ts';
import { FORM_TYPE } from './form-body.ts';

export const JSON_TYPE = 'application/json';

export type BodyKind = 'json' | 'form';

export function compileContentType(raw: string | undefined, body: BodyKind, at: FieldPath, findings: Findings): string {
  if (raw === undefined) return body === 'form' ? FORM_TYPE : JSON_TYPE;
  const [type = '', ...parameters] = raw.toLowerCase().split(';');
  const isForm = type.trim() === FORM_TYPE;
  if (isForm && body === 'json')
    findings.add(at, 'the body is JSON, not a form', 'add deliver.body: form, or remove it');
  else if (!isForm && body === 'form') findings.add(at, 'the body is a form', `remove it: ${FORM_TYPE} is sent`);
  else if (/^(multipart|image|audio|video)\//.test(type)) findings.add(at, 'the body is JSON', `use ${JSON_TYPE}`);
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))
    findings.add(at, 'the body is sent in UTF-8', 'write charset=utf-8, or leave it out');
  return raw;
}
