// A partner's published contract (contract.schema.json): what a body must look like, compiled once.

import type { Ajv, ErrorObject } from 'ajv';
import { withNumbers } from '../text/exact-number.ts';
import type { Draft } from './contract-draft.ts';
import { draftOf } from './contract-draft.ts';
import { addContractFormats } from './contract-formats.ts';
import { ContractWork, NotJudged, STEPS_MAX } from './contract-work.ts';

/**
 * Why the body violates the contract, naming the field and never its value; undefined when it does not. Always answers: what
 * cannot be judged to the end is a violation too.
 * @param holdsDigits the body may hold numbers as their digits, which are judged as the numbers that they are nearly
 */
export type Contract = (body: object, holdsDigits?: boolean) => string | undefined;

/**
 * @param names of fields, for schemas that have unevaluatedProperties (contract-check.ts counts them)
 * @throws when the schema itself is invalid or refers to another file
 */
export function compileContract(schema: object, names = 0): Contract {
  const work = new ContractWork(names);
  const options = {
    inlineRefs: false, // a definition that is referred to a hundred times is compiled once
    strict: false, // partners publish their schemas for other tools too: keywords that ajv does not know are no mistake
    allErrors: false,
    validateFormats: true,
    logger: false as const,
    validateSchema: false, // by `assertSchema`: what judges schemas is made once
    code: { regExp: work.regExp, optimize: false as const }, // optimizing takes the square of the schema's size
  };
  const draft = draftOf(schema);
  if (draft === undefined) throw new Error('$schema names no draft that is known');
  const ajv = draft.judge(options);
  addContractFormats(ajv);
  work.replace(ajv);
  const dated = '$schema' in schema ? { ...schema, $schema: draft.address } : schema;
  assertSchema(draft, dated);
  work.countIn(ajv);
  const validate = ajv.compile(dated);
  if ('$async' in validate) throw new Error('$async: the judgement would come too late');
  const keep = (holder: object, key: string, digits: string): void => {
    const known = work.digits.get(holder);
    if (known) known.set(key, digits);
    else work.digits.set(holder, new Map([[key, digits]]));
  };
  return (body, holdsDigits = false) => {
    work.left = STEPS_MAX;
    try {
      return validate(holdsDigits ? withNumbers(body, keep) : body) ? undefined : describe(validate.errors?.[0]);
    } catch (error) {
      if (error instanceof NotJudged) return error.message;
      return `cannot be judged: ${error instanceof RangeError ? 'it is nested too deep' : String(error)}`;
    } finally {
      if (holdsDigits) work.digits.clear();
    }
  };
}

/** A process has many contracts, and what judges schemas takes longer to make than what judges bodies. */
const schemaJudges = new Map<string, Ajv>();

/** @throws when it is no schema of this draft. What that takes is not counted. */
function assertSchema(draft: Draft, schema: object): void {
  let ajv = schemaJudges.get(draft.name);
  if (ajv === undefined) {
    const work = new ContractWork(0);
    ajv = draft.judge({ strict: false, logger: false, code: { regExp: work.regExp, optimize: false } });
    addContractFormats(ajv);
    work.replace(ajv);
    schemaJudges.set(draft.name, ajv);
  }
  ajv.validateSchema(schema, true);
}

function describe(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the body is refused';
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const extra = error.keyword === 'additionalProperties' ? ` (${error.params['additionalProperty']})` : '';
  return `${field === '' ? 'the body' : field} ${error.message ?? 'is refused'}${extra}`;
}
