// One dictionary of a mapping (`values`): source value → partner's value, and back. Closed: what is not listed is refused.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { kindsOf, symbolsOf } from '../avro/avro-path.ts';
import { keyIn, valuesOf } from '../forms/comparable.ts';
import { isExactNumber } from '../text/exact-number.ts';
import { didYouMean, nearest } from '../text/nearest.ts';
import type { Json } from './mapping-file.ts';

export type Looked =
  | { readonly found: true; readonly value: unknown }
  | { readonly found: false; readonly reason: string };

export interface ValueDictionary {
  forward(value: unknown): Looked;
  inverse(value: unknown): Looked;
  /** Every value that `forward` can give. */
  readonly values: readonly Json[];
  /** Two source values with the same target, which no inverse can tell apart. */
  readonly ambiguous: readonly [string, string] | undefined;
}

export function compileDictionary(entries: Record<string, Json>, type: AvroSchemaJson | undefined): ValueDictionary {
  const targets = new Map(Object.entries(entries));
  const sources = new Map<string, { name: string; value: unknown }>();
  let ambiguous: [string, string] | undefined;
  for (const [name, target] of targets) {
    const key = JSON.stringify(target);
    const twin = sources.get(key);
    if (twin !== undefined) ambiguous ??= [twin.name, name];
    else sources.set(key, { name, value: sourceValue(name, type) });
  }
  const refuse = (value: unknown, names: Iterable<string>): Looked => {
    const shown = show(value);
    const near = nearest(String(shown), names);
    return {
      found: false,
      reason: `${shown} is not in its dictionary${near ? `, nearest is "${near}"` : ''}`,
    };
  };
  return {
    values: [...new Map([...targets.values()].map((target) => [JSON.stringify(target), target])).values()],
    ambiguous,
    forward: (value) => {
      const name = isExactNumber(value) ? value.rawJSON : isScalar(value) ? String(value) : undefined;
      if (name === undefined || !targets.has(name)) return refuse(value, targets.keys());
      return { found: true, value: targets.get(name) };
    },
    inverse: (value) => {
      const known = isScalar(value) || typeof value === 'object' ? sources.get(stringify(value)) : undefined;
      if (known === undefined)
        return refuse(
          value,
          [...targets.values()].map((target) => String(target)),
        );
      return { found: true, value: known.value };
    },
  };
}

/** Why a dictionary's source value can never occur in the schema, or undefined when it can. */
export function impossibleValue(name: string, type: AvroSchemaJson): { message: string; remedy: string } | undefined {
  const form = keyIn(name, type);
  if (form === name) return undefined;
  const message = `"${name}" is not a value of this field`;
  const symbols = symbolsOf(type);
  if (symbols !== undefined) return { message, remedy: didYouMean(name, symbols) };
  if (form !== undefined) return { message, remedy: `write it as ${JSON.stringify(form)}` };
  const values = valuesOf(type);
  if (values !== '') return { message, remedy: `write ${values}` };
  const whole = `a dictionary is for single values, and the field is ${kindsOf(type).join(' or ')}`;
  return { message: whole, remedy: 'write it for the elements, with "[]", or for a field inside; or leave it out' };
}

const isNumeric = (kind: string): boolean => ['int', 'long', 'float', 'double'].includes(kind);
const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** JSON keys are text; the schema tells whether the record holds a number or a boolean. */
function sourceValue(name: string, type: AvroSchemaJson | undefined): unknown {
  const kinds = type === undefined ? [] : kindsOf(type);
  if (kinds.includes('boolean') && (name === 'true' || name === 'false')) return name === 'true';
  if (kinds.some(isNumeric) && String(Number(name)) === name) return Number(name);
  return name;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return isScalar(value) ? String(value) : `a value of type ${Array.isArray(value) ? 'array' : typeof value}`;
}

/** A body may hold what cannot be written, e.g. a cycle: then it is in no dictionary. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}
