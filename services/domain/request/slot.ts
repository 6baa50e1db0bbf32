// One placeholder: from a record to the text that stands in its place, compiled once from the type of the field.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import { resolvePath } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { isComplex, shownType } from '../forms/asked-form.ts';
import type { Write } from '../forms/forms.ts';
import { formOf } from '../forms/forms.ts';
import { Unwritable } from '../forms/logical-text.ts';
import { compileSentForm } from '../forms/sent-form.ts';
import { writeUnknown } from '../forms/unknown-write.ts';
import { isExactNumber } from '../text/exact-number.ts';
import type { Path } from '../text/paths.ts';
import { parsePath, readPath } from '../text/paths.ts';
import type { FieldPath, Findings } from '../text/problem.ts';

/** A URL or a header that is longer is refused by most servers, some by breaking the connection. */
const TEXT_CHARS_MAX = 4_096;

export interface Slot {
  /** As it is written between the braces. */
  readonly name: string;
  /** The value as a mapping would send it, as text. @throws Unwritable also of what no place has room for: nothing, `.` and `..` */
  readonly text: (record: object) => string;
}

export function compileSlot(
  name: string,
  schema: AvroSchemaJson | undefined,
  at: FieldPath,
  findings: Findings,
): Slot | undefined {
  const parsed = parsePath(name);
  if ('problem' in parsed) {
    const problem = name === '' ? '"{}" names no field' : parsed.problem;
    findings.add(at, problem, 'write a field of the source between the braces, e.g. {ruleId}');
    return undefined;
  }
  const write = schema === undefined ? writeUnknown : writeOf(name, parsed.path, schema, at, findings);
  if (write === REFUSED) return undefined;
  const { path } = parsed;
  return {
    name,
    text: (record) => {
      const value = readPath(record, path);
      if (value === undefined || value === null) throw new Unwritable(`is ${value === null ? 'null' : 'absent'}`);
      const text = textOf(write === undefined ? value : write(value));
      if (text === '') throw new Unwritable('is empty');
      if (text === '.' || text === '..') throw new Unwritable(`is "${text}"`);
      if (text.length > TEXT_CHARS_MAX) throw new Unwritable(`has more than ${TEXT_CHARS_MAX} characters`);
      return text;
    },
  };
}

const REFUSED: unique symbol = Symbol('refused');

function writeOf(
  name: string,
  path: Path,
  schema: AvroSchemaJson,
  at: FieldPath,
  findings: Findings,
): Write | undefined | typeof REFUSED {
  const resolved = resolvePath(schema, path);
  if ('unknown' in resolved) {
    findings.add(at, `{${name}}: ${resolved.unknown}`, resolved.remedy);
    return REFUSED;
  }
  const misfit = branches(linked(resolved.type)).find((type) => isComplex(type) || formOf(type) === undefined);
  if (misfit !== undefined) {
    const remedy = isComplex(misfit) ? 'name a field inside it, or another one' : 'name another field';
    findings.add(at, `{${name}} is ${shownType(misfit)}, which is no text`, remedy);
    return REFUSED;
  }
  const { write, faults } = compileSentForm(resolved.type, name);
  for (const { message } of faults) findings.add(at, `{${name}}: ${message}`, 'name another field');
  return faults.length > 0 ? REFUSED : write;
}

/** What JSON writes, without the quotes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  if (isExactNumber(value)) return value.rawJSON;
  throw new Unwritable('is no text, number or boolean');
}
