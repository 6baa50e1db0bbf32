// Which records concern a partner: equality or a list of values on any decoded field (`where` in connector.yaml; a mapping says
// the same of the lines that it copies, with `when`).
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isNullable, kindsOf, resolvePath, symbolsOf } from '../avro/avro-path.ts';
import { asFloat, comparableWrite, comparedTypes, formIn, valuesOf } from '../forms/comparable.ts';
import type { Write } from '../forms/forms.ts';
import { Invalid } from '../forms/logical-text.ts';
import { isNumberText } from '../text/exact-number.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Path } from '../text/paths.ts';
import { parsePath, readPath, showPath } from '../text/paths.ts';
import type { FieldPath, FilePlace, Problem } from '../text/problem.ts';
import { Findings } from '../text/problem.ts';

export type ScopeValue = string | number | boolean | null;
export type Where = Readonly<Record<string, ScopeValue | readonly ScopeValue[]>>;

export interface Scope {
  /** True too of a record of which it cannot be told: it must not be passed over. */
  readonly inScope: (record: object) => boolean;
  /** Why it cannot be told of a record that is in scope; absent: it always can. */
  readonly untold?: (record: object) => string | undefined;
  /** What a record in scope has to meet. */
  readonly conditions: readonly Condition[];
  readonly problems: Problem[];
}

const WHERE = ['source', 'where'];
/** Every line must hold; without a line every record is in scope. `place` is where `source.where` was written. */
export function compileScope(
  where: Where | undefined,
  sourceSchema: AvroSchemaJson | undefined,
  place: FilePlace = { file: 'connector.yaml', lineOf: () => undefined },
): Scope {
  const findings = new Findings(place);
  const conditions: Condition[] = [];
  for (const [field, value] of Object.entries(where ?? {})) {
    const at = [...WHERE, field];
    const parsed = parsePath(field);
    if ('problem' in parsed) findings.add(at, parsed.problem, parsed.remedy);
    else conditions.push(compileCondition(parsed.path, value, sourceSchema, at, findings));
  }
  return {
    inScope: (record) => conditions.every((condition) => holds(condition, record)),
    ...(conditions.some(({ write }) => write) && { untold: (record: object) => untold(conditions, record) }),
    conditions,
    problems: findings.problems,
  };
}

/** A field, and the values of which it has to have one. */
export interface Condition {
  readonly path: Path;
  readonly accepted: ReadonlySet<unknown>;
  /** From a record's value to the form that `accepted` is written in; absent where that is its own. */
  readonly write: Write | undefined;
}

/** @param value one, or a list of those that are wanted; what the field can never have is found */
export function compileCondition(
  path: Path,
  value: Where[string],
  schema: AvroSchemaJson | undefined,
  at: FieldPath,
  findings: Findings,
): Condition {
  const accepted: readonly ScopeValue[] = Array.isArray(value) ? value : [value as ScopeValue];
  const resolved = schema && resolvePath(schema, path);
  if (resolved && 'unknown' in resolved) findings.add(at, resolved.unknown, resolved.remedy);
  else if (resolved) {
    for (const [index, one] of accepted.entries())
      checkValue(one, resolved.type, Array.isArray(value) ? [...at, index] : at, findings);
  }
  const type = resolved && 'type' in resolved ? resolved.type : undefined;
  return {
    path,
    accepted: new Set(type === undefined ? accepted : accepted.map((one) => asFloat(one, type))),
    write: type === undefined ? undefined : comparableWrite(type),
  };
}

/** True too when it cannot be told. */
function holds(condition: Condition, record: object): boolean {
  const met = meets(condition, record);
  return met === true || met instanceof Invalid;
}

/** Whether the record meets the condition, or why that cannot be told. */
export function meets({ path, accepted, write }: Condition, record: unknown): boolean | Invalid {
  const value = readPath(record, path) ?? null;
  if (write === undefined) return accepted.has(value);
  const written = write(value);
  return written instanceof Invalid ? written : accepted.has(written);
}

function untold(conditions: readonly Condition[], record: object): string | undefined {
  for (const condition of conditions) {
    if (condition.write === undefined) continue;
    const met = meets(condition, record);
    if (met instanceof Invalid) return `${showPath(condition.path)}: ${met.message}, and source.where asks for it`;
  }
  return undefined;
}

/** A value that the field can never have would silently put every record out of scope. */
function checkValue(value: ScopeValue, type: AvroSchemaJson, at: FieldPath, findings: Findings): void {
  if (value === null) {
    if (!isNullable(type))
      findings.add(at, 'the field is never null', 'remove null, or write the value that is wanted');
    return;
  }
  const form = formIn(value, type);
  if (form === value) return;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  const symbols = symbolsOf(type);
  if (symbols !== undefined) {
    findings.add(at, `${shown} is not a value of this field`, didYouMean(String(value), symbols));
    return;
  }
  const kinds = [...new Set(comparedTypes(type))];
  const isKind = kinds.includes(typeof value) || (kinds.includes('number') && isNumberText(String(value)));
  const message = isKind
    ? `${shown} is not a value of this field`
    : `the field is ${kinds.map(article).join(' or ')}, ${shown} is a ${typeof value}`;
  findings.add(at, message, form === undefined ? remedyFor(type) : `write it as ${JSON.stringify(form)}`);
}

const article = (kind: string): string => (kind === 'bytes' ? kind : `${kind === 'array' ? 'an' : 'a'} ${kind}`);

function remedyFor(type: AvroSchemaJson): string {
  const values = valuesOf(type);
  if (values !== '') return `write ${values}`;
  return kindsOf(type).some((kind) => kind === 'record' || kind === 'map')
    ? 'name a field inside it with a dotted path'
    : 'remove it: bytes and lists are not compared';
}
