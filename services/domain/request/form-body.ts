// A document as application/x-www-form-urlencoded: `a.b=1&list=x&list=y`. Null is left out, as an empty list is.
import { isExactNumber } from '../text/exact-number.ts';

export const FORM_TYPE = 'application/x-www-form-urlencoded';

export function formText(document: object): string {
  const pairs = new URLSearchParams();
  put(document, '', pairs);
  return pairs.toString();
}

/** The body of a request as it is sent; empty where there is none. */
export function bodyText(kind: 'json' | 'form' | 'none', document: object): string {
  if (kind === 'none') return '';
  return kind === 'form' ? formText(document) : JSON.stringify(document);
}

function put(holder: object, prefix: string, pairs: URLSearchParams): void {
  for (const [key, value] of Object.entries(holder)) {
    const name = prefix + key;
    if (value === null || value === undefined) continue;
    if (Array.isArray(value)) for (const item of value) pairs.append(name, textOf(item));
    else if (isHolder(value)) put(value, `${name}.`, pairs);
    else pairs.append(name, textOf(value));
  }
}

const textOf = (value: unknown): string => (isExactNumber(value) ? value.rawJSON : String(value ?? ''));

const isHolder = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !isExactNumber(value);

/** The name of a list whose items are lists or objects, for which a form has no names; undefined when there is none. */
export function unformable(document: object, prefix = ''): string | undefined {
  for (const [key, value] of Object.entries(document)) {
    const name = prefix + key;
    if (Array.isArray(value)) {
      if (value.some(isHolder)) return name;
    } else if (isHolder(value)) {
      const inner = unformable(value, `${name}.`);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
