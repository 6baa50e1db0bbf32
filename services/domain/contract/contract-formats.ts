// The formats of ajv-formats, each in time that is near to linear: all are but one. Loaded when there is a contract.
import { createRequire } from 'node:module';
import type { Ajv } from 'ajv';

const load = createRequire(import.meta.url);

/** Its address of a user is found in the square of the text's length: this says the same in one way only. */
const SLOW = '(?:\\S+(?::\\S*)?@)?';
const SAME = '(?:\\S+@)?';
/** No browser takes longer ones; what is left is the square of this at worst. */
const URL_CHARS_MAX = 8_192;

export function addContractFormats(ajv: Ajv): void {
  const { default: addFormats } = load('ajv-formats') as typeof import('ajv-formats').default;
  addFormats(ajv);
  const { source, flags } = addFormats.get('url') as RegExp;
  const url = new RegExp(source.replace(SLOW, SAME), flags);
  ajv.addFormat('url', (text) => text.length <= URL_CHARS_MAX && url.test(text));
}
