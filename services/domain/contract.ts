// A partner's published contract (contract.schema.json): what a body must look like, compiled once.

import type { ErrorObject } from 'ajv';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Why the body violates the contract, naming the field and never its value; undefined when it does not. */
export type Contract = (body: object) => string | undefined;

/** Partners publish their schemas for other tools too, so keywords ajv does not know are no mistake. */
const OPTIONS = { strict: false, allErrors: false, validateFormats: true };

/** @throws when the schema itself is invalid or refers to another file */
export function compileContract(schema: object): Contract {
  const dialect = String((schema as { $schema?: unknown }).$schema ?? '');
  const ajv = /2019-09|2020-12/.test(dialect) ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (body) => (validate(body) ? undefined : describe(validate.errors?.[0]));
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the body is refused';
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const extra = error.keyword === 'additionalProperties' ? ` (${error.params['additionalProperty']})` : '';
  return `${field === '' ? 'the body' : field} ${error.message ?? 'is refused'}${extra}`;
}
