// A partner's contract beside the types of its mapping: a document obeys both, so its schema may say both.

import type { JsonSchema } from '../forms/json-schema.ts';
import type { Path } from '../text/paths.ts';
import { draftOf } from './contract-draft.ts';
import { isPart } from './schema-part.ts';

/** They mean the same in every draft that a contract may be written in, but for bounds of draft-04 (`boundsOf`). */
const LIMITS: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'title',
  'description',
]);

/** Draft-04 does not know `const`. */
const LIMITS_04: ReadonlySet<string> = new Set([...LIMITS].filter((keyword) => keyword !== 'const'));

/**
 * The schema and what the contract says of the same fields. What it says by other means ($ref, if, anyOf) stays unsaid: the
 * result may accept more than the contract, never less than the mapping makes of records that the contract lets through.
 * @param hidden paths that are in the checked body only: credentials
 */
export function limitedBy(schema: JsonSchema, contract: unknown, hidden: readonly Path[] = []): JsonSchema {
  const isDraft04 = isPart(contract) && draftOf(contract)?.id === 'id';
  return limited(schema, contract, hidden, isDraft04 ? LIMITS_04 : LIMITS);
}

function limited(
  schema: JsonSchema,
  contract: unknown,
  hidden: readonly Path[],
  words: ReadonlySet<string>,
): JsonSchema {
  if (!isPart(contract) || '$ref' in contract) return schema; // older drafts ignore what stands beside a $ref
  const { properties } = schema;
  if (!isPart(properties)) {
    const { items } = schema;
    const elements = isPart(items) && isPart(contract['items']) && limited(items, contract['items'], [], words);
    const inner = elements ? { ...schema, items: elements } : schema;
    const limits = boundsOf(Object.fromEntries(Object.entries(contract).filter(([keyword]) => words.has(keyword))));
    return Object.keys(limits).length === 0 ? inner : { allOf: [inner, limits] };
  }
  const said = isPart(contract['properties']) ? contract['properties'] : {};
  const inner = Object.entries(properties).map(([name, property]) => {
    const below = hidden.filter(([first]) => first === name).map((path) => path.slice(1));
    return [
      name,
      Object.hasOwn(said, name) ? limited(property as JsonSchema, said[name], below, words) : property,
    ] as const;
  });
  const needed = Array.isArray(contract['required']) ? (contract['required'] as string[]) : [];
  const required = new Set([
    ...((schema['required'] as readonly string[] | undefined) ?? []),
    // An object may be there for the sake of the credentials in it alone.
    ...needed.filter((name) => Object.hasOwn(properties, name) && !hidden.some(([first]) => first === name)),
  ]);
  return {
    ...schema,
    properties: Object.fromEntries(inner),
    ...(required.size > 0 ? { required: [...required] } : {}),
  };
}

/** Draft-04 says of a bound whether it is one that is not reached itself; since then that is a bound of its own. */
function boundsOf(limits: Record<string, unknown>): Record<string, unknown> {
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const isExclusive = limits[exclusive];
    if (typeof isExclusive !== 'boolean') continue;
    delete limits[exclusive];
    if (!isExclusive || limits[bound] === undefined) continue;
    limits[exclusive] = limits[bound];
    delete limits[bound];
  }
  return limits;
}
