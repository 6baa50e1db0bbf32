// What a partner gets, as JSON Schema: its mapping applied to the schema of the record instead of to a record.
import type { JsonSchema } from '../forms/json-schema.ts';
import { described } from '../forms/json-schema.ts';
import { EACH } from '../text/paths.ts';
import type { Place } from './body-shape.ts';
import { NULL } from './body-shape.ts';

/** Every document that the mapping can make is valid, and no other field is. @param place where the document begins */
export function mappedSchema(place: Place): JsonSchema {
  const inner = insideOf(place);
  const choices = [
    ...(inner ? [inner] : []),
    ...place.made.flatMap((made) => made.choices),
    ...(place.isNullable ? [NULL] : []),
  ];
  const schema = choices.length === 1 ? (choices[0] as JsonSchema) : { anyOf: choices };
  return described(schema, place.made.find(({ doc }) => doc !== undefined)?.doc);
}

function insideOf({ inside }: Place): JsonSchema | undefined {
  const [first] = inside.keys();
  if (first === undefined) return undefined;
  if (typeof first === 'string') return objectOf(inside as Map<string, Place>);
  const each = inside.get(EACH);
  return each ? { type: 'array', items: mappedSchema(each) } : elementsOf(inside as Map<number, Place>);
}

function objectOf(inside: ReadonlyMap<string, Place>): JsonSchema {
  const required = [...inside].filter(([, { isCertain }]) => isCertain).map(([name]) => name);
  const properties = Object.fromEntries([...inside].map(([name, place]) => [name, mappedSchema(place)]));
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

/** One that is absent before one that is there is null; behind the last one that is there the list ends. */
function elementsOf(inside: ReadonlyMap<number, Place>): JsonSchema {
  // A door may read the second of a list alone.
  const places = Array.from({ length: Math.max(...inside.keys()) + 1 }, (_, index) => inside.get(index));
  const prefixItems = places.map((place) => {
    if (place === undefined) return {};
    return place.isCertain ? mappedSchema(place) : { anyOf: [mappedSchema(place), NULL] };
  });
  const minItems = places.findLastIndex((place) => place?.isCertain) + 1;
  return { type: 'array', prefixItems, items: false, minItems, maxItems: places.length };
}
