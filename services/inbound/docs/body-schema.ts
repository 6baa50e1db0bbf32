// The body that a door takes, as JSON Schema and as an example.
import type { InboundHook } from '@ess/domain/connector/connector.ts';
import type { JsonSchema } from '@ess/domain/forms/json-schema.ts';
import { isTime } from '@ess/domain/mapping/inbound-body.ts';
import type { Path, Step } from '@ess/domain/text/paths.ts';
import { EACH } from '@ess/domain/text/paths.ts';
import { doorWaysIn } from './credential-schemes.ts';
import { hasDefault } from './required-field.ts';

type Schema = Record<string, unknown>;

/** The partner's names, the types of the Avro fields behind them, and the secrets that travel in the body. */
export function bodySchema({ mapping, schema, auth }: InboundHook): Schema {
  const top: Schema = { type: 'object', properties: {} };
  const mapped = schema === undefined ? undefined : mapping.bodySchema(schema);
  for (const { target, source, dictionary, as } of mapping.fields) {
    const known = at(mapped, target) ?? {};
    const time = dictionary === undefined && as === undefined && schema !== undefined && isTime(schema, source);
    const value = time ? { description: 'A date-time, or milliseconds since the epoch.', ...timeSchema(known) } : known;
    const needed = listsOf(source).map((path) => schema !== undefined && !hasDefault(schema, path));
    put(top, target, value, needed);
  }
  const onlyBody = auth.body !== undefined && doorWaysIn(auth) === 1;
  for (const path of Object.keys(auth.body ?? {}))
    put(top, path.split('.'), { type: 'string', format: 'password', description: 'The secret agreed.' }, [onlyBody]);
  return top;
}

function timeSchema(known: JsonSchema): Schema {
  const nullable = JSON.stringify(known).includes('"null"');
  const either = [
    { type: 'string', format: 'date-time' },
    { type: 'integer' },
    ...(nullable ? [{ type: 'null' }] : []),
  ];
  return { anyOf: either };
}

function at(schema: JsonSchema | undefined, path: Path): Schema | undefined {
  let here = schema as Schema | undefined;
  for (const step of path) {
    // A list or an object that may be null is one of two choices.
    const choices = [here, ...((here?.['anyOf'] as Schema[] | undefined) ?? [])];
    here = choices.map((choice) => choice && within(choice, step)).find((inner) => inner !== undefined);
  }
  return here;
}

function within({ properties, items, prefixItems }: Schema, step: Step): Schema | undefined {
  if (step === EACH) return items as Schema | undefined;
  if (typeof step === 'number') return (prefixItems as Schema[] | undefined)?.[step];
  return (properties as Record<string, Schema> | undefined)?.[step];
}

/** The paths to the lists on the way, and the whole: what is needed within an element says nothing of the list. */
const listsOf = (path: Path): Path[] =>
  [...path.keys(), path.length]
    .filter((end) => path[end] === EACH || end === path.length)
    .map((end) => path.slice(0, end));

/** @param needed whether names are required: before the first list, within its elements, and so on */
function put(top: Schema, path: Path, value: Schema, needed: readonly boolean[]): void {
  let holder = top;
  let depth = 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    if (typeof step === 'string') {
      Object.assign(holder, { type: 'object', properties: holder['properties'] ?? {} });
      const properties = holder['properties'] as Record<string, Schema>;
      if (needed[depth])
        holder['required'] = [...new Set([...((holder['required'] as string[] | undefined) ?? []), step])];
      properties[step] = isLast ? value : (properties[step] ?? {});
      holder = properties[step];
    } else if (step === EACH) {
      depth += 1;
      Object.assign(holder, { type: 'array', items: isLast ? value : (holder['items'] ?? {}) });
      holder = holder['items'] as Schema;
    } else {
      Object.assign(holder, { type: 'array', prefixItems: holder['prefixItems'] ?? [] });
      const elements = holder['prefixItems'] as Schema[];
      while (elements.length <= step) elements.push({});
      elements[step] = isLast ? value : (elements[step] as Schema);
      holder = elements[step] as Schema;
    }
  }
}

/** A body that the door would take, but for its secrets. */
export function exampleBody(hook: InboundHook): Schema {
  return exampleOf(bodySchema(hook), hook) as Schema;
}

function exampleOf(schema: Schema, hook: InboundHook): unknown {
  const { properties, items, prefixItems, anyOf, format } = schema as {
    properties?: Record<string, Schema>;
    items?: Schema | false;
    prefixItems?: Schema[];
    anyOf?: Schema[];
    format?: string;
  };
  const choices = schema['enum'] as unknown[] | undefined;
  if (properties)
    return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, exampleOf(inner, hook)]));
  if (prefixItems) return prefixItems.map((inner) => exampleOf(inner, hook));
  if (items) return [exampleOf(items, hook)];
  if (choices) return choices[0];
  if (anyOf) return exampleOf(anyOf[0] as Schema, hook);
  if (format === 'password') return '$SECRET';
  if (format === 'date-time') return '2026-11-24T10:00:00Z';
  const types = [schema['type']].flat() as string[];
  return EXAMPLES[types[0] ?? ''] ?? null;
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  integer: 3,
  number: 1.5,
  string: 'text',
  boolean: true,
  array: [],
  object: {},
};
