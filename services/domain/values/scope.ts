// Which records concern a partner: equality or a list of values on any decoded field (`where` in connector.yaml).
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isNullable, resolvePath, symbolsOf } from '../avro/avro-path.ts';
import { asFloat, canEqual, comparableWrite, comparedTypes, exampleOf } from '../forms/comparable.ts';
import type { Write } from '../forms/forms.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Path } from '../text/paths.ts';
import { parsePath, readPath } from '../text/paths.ts';
import type { FieldPath, FilePlace, Problem } from '../text/problem.ts';
import { Findings } from '../text/problem.ts';

export type ScopeValue = string | number | boolean | null;
export type Where = Readonly<Record<string, ScopeValue | readonly ScopeValue[]>>;

export interface Scope {
  readonly inScope: (record: object) => boolean;
  readonly problems: Problem[];
}

const PREFIX = ['source', 'where'];
/** Every line must hold; without a line every record is in scope. `place` is where `source.where` was written. */
export function compileScope(
  where: Where | undefined,
  sourceSchema: AvroSchemaJson | undefined,
  place: FilePlace = { file: 'connector.yaml', lineOf: () => undefined },
): Scope {
  const findings = new Findings(place);
  const conditions: Condition[] = [];
  for (const [field, value] of Object.entries(where ?? {})) {
    const at = [...PREFIX, field];
    const parsed = parsePath(field);
    if ('problem' in parsed) {
      findings.add(at, parsed.problem, 'write names separated by single dots, e.g. "auditStamp.approvedBy"');
      continue;
    }
    const accepted: readonly ScopeValue[] = Array.isArray(value) ? value : [value as ScopeValue];
    const resolved = sourceSchema && resolvePath(sourceSchema, parsed.path);
    if (resolved && 'unknown' in resolved) findings.add(at, resolved.unknown, resolved.remedy);
    else if (resolved) {
      for (const [index, one] of accepted.entries()) {
        checkValue(one, resolved.type, Array.isArray(value) ? [...at, index] : at, findings);
      }
    }
    const type = resolved && 'type' in resolved ? resolved.type : undefined;
    conditions.push({
      path: parsed.path,
      accepted: new Set(type === undefined ? accepted : accepted.map((one) => asFloat(one, type))),
      write: type === undefined ? undefined : comparableWrite(type),
    });
  }
  return {
    inScope: (record) => conditions.every((condition) => holds(condition, record)),
    problems: findings.problems,
  };
}

interface Condition {
  readonly path: Path;
  readonly accepted: ReadonlySet<unknown>;
  /** From a record's value to the form that `accepted` is written in; absent where that is its own. */
  readonly write: Write | undefined;
}

function holds({ path, accepted, write }: Condition, record: object): boolean {
  const value = readPath(record, path) ?? null;
  return accepted.has(write === undefined ? value : write(value));
}

/** A value that the field can never have would silently put every record out of scope. */
function checkValue(value: ScopeValue, type: AvroSchemaJson, at: FieldPath, findings: Findings): void {
  if (value === null) {
    if (!isNullable(type))
      findings.add(at, 'the field is never null', 'remove null, or write the value that is wanted');
    return;
  }
  if (canEqual(value, type)) return;
  const symbols = symbolsOf(type);
  if (symbols !== undefined) {
    findings.add(at, `${JSON.stringify(value)} is not a value of this field`, didYouMean(String(value), symbols));
    return;
  }
  const kinds = comparedTypes(type);
  if (kinds.includes(typeof value)) {
    const example = exampleOf(type);
    const remedy = example === undefined ? 'write a whole number, a large one in quotes' : `write it as "${example}"`;
    findings.add(at, `${JSON.stringify(value)} is not a value of this field`, remedy);
    return;
  }
  const wanted = [...new Set(kinds)].join(' or ');
  const remedy = ['string', 'number', 'boolean'].includes(wanted)
    ? `write a ${wanted}${wanted === 'string' ? ' in quotes' : ' without quotes'}`
    : 'name a field inside it with a dotted path';
  findings.add(at, `the field is a ${wanted}, ${JSON.stringify(value)} is a ${typeof value}`, remedy);
}
