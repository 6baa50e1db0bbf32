// Lines of a mapping that can never fit the partner's contract: what they make, place by place, beside what it takes there. A line
// is refused when no value that it makes fits; that it may make none (an empty list, an absent field) does not save it.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import type { Part } from '../contract/schema-part.ts';
import { isPart } from '../contract/schema-part.ts';
import { alternativesOf, ContractView, namesIn, takesType } from '../contract/value-fit.ts';
import { JSON_TEXT, sharedForms } from '../forms/asked-form.ts';
import { DEFAULT } from '../forms/forms.ts';
import { jsonSchemaOf } from '../forms/json-schema.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Names, Path, Step } from '../text/paths.ts';
import { EACH, showPath } from '../text/paths.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { Made, Place } from './body-shape.ts';

interface Misfit {
  /** Where the line is in mapping.json. */
  readonly at: FieldPath;
  readonly message: string;
  readonly remedy: string;
}

/** @param credentials dotted paths that are in the body too */
export function checkFit(shape: Place, contract: unknown, credentials: readonly string[], findings: Findings): void {
  if (!isPart(contract)) return;
  const hidden = credentials.map((path) => path.split('.'));
  const said = new Set<string>();
  for (const { at, message, remedy } of new Comparison(contract).at(shape, [], [contract], hidden)) {
    const line = `${at.join('\n')}\n${at.length > 1 ? '' : message}`; // of one line, what is wrong first
    if (!said.has(line)) findings.add(at, message, remedy);
    said.add(line);
  }
}

class Comparison {
  readonly #contract: ContractView;

  constructor(contract: Part) {
    this.#contract = new ContractView(contract);
  }

  /** @param wanted schemas that all have to hold there */
  at(place: Place, path: Path, wanted: readonly unknown[], hidden: readonly Names[]): Misfit[] {
    return wanted
      .flatMap((schema) => this.#contract.partsOf(schema))
      .flatMap((part) => (part === false ? nothingThere(place, path) : this.#part(place, path, part, hidden)));
  }

  #part(place: Place, path: Path, part: Part, hidden: readonly Names[]): Misfit[] {
    const lines = place.made.flatMap((made) => this.#line(made, path, part));
    if (place.inside.size === 0) return lines;
    return [...lines, ...this.#inside(place, path, part, hidden), ...this.#alternatives(place, path, part, hidden)];
  }

  #line(made: Made, path: Path, part: Part): Misfit[] {
    const reasons = made.choices.map((choice) => this.#contract.whyNever(choice, part));
    if (reasons.some((reason) => reason === undefined)) return [];
    const message = `"${showPath(path)}" ${reasons[0]}`;
    return [{ at: made.at, message, remedy: this.#remedy(made, path, part) }];
  }

  /** Another form that fits, if there is one. */
  #remedy({ value, at }: Made, path: Path, part: Part): string {
    if (value === undefined) return 'correct the value, or the contract if the partner takes it';
    const { type, as = DEFAULT } = value;
    const types = branches(type);
    const form = sharedForms(types).find((name) => {
      const schema = formSchema(types, name);
      const isText = schema['type'] === 'string';
      // A format means texts, though it says nothing of others; and whoever wants a text of JSON says so.
      if (name === as || name === JSON_TEXT || (part['format'] !== undefined && !isText)) return false;
      return this.#contract.whyNever(schema, part) === undefined;
    });
    if (form === DEFAULT) return 'remove "as"';
    if (form !== undefined) return `write { "to": ${JSON.stringify(showPath(path))}, "as": "${form}" }`;
    if (Array.isArray(part['enum']))
      return `say with "values": { ${JSON.stringify(at[1])}: { … } } which value is which`;
    return 'map another field, or correct the contract if the partner takes it';
  }

  #inside(place: Place, path: Path, part: Part, hidden: readonly Names[]): Misfit[] {
    const [first] = place.inside.keys() as Iterable<Step>;
    const isList = typeof first === 'number';
    if (!takesType(part, isList ? 'array' : 'object')) {
      const message = `"${showPath(path)}" is ${isList ? 'a list' : 'an object'}, and the contract wants none there`;
      return [{ at: firstLine(place), message, remedy: 'give the field another target, or correct the contract' }];
    }
    return isList ? this.#elements(place, path, part) : this.#names(place, path, part, hidden);
  }

  #names(place: Place, path: Path, part: Part, hidden: readonly Names[]): Misfit[] {
    const missing = namesIn(part['required'])
      .filter((name) => !place.inside.has(name) && !hidden.some(([first]) => first === name))
      .map((name) => ({
        at: path.length === 0 ? ['fields'] : firstLine(place),
        message: `nothing makes "${showPath([...path, name])}", which the contract requires`,
        remedy: 'map a field to it, or write it under "constants" or "defaults"',
      }));
    const inner = [...place.inside].flatMap(([name, inside]) => {
      const within = hidden.filter(([first]) => first === name).map((way) => way.slice(1));
      const said = this.#contract.ofName(part, name as string);
      if (isClosed(part, name as string, said)) return unknownName(inside, [...path, name], part);
      return this.at(inside, [...path, name], said, within);
    });
    return [...missing, ...inner];
  }

  #elements(place: Place, path: Path, part: Part): Misfit[] {
    const { items, prefixItems, additionalItems, minItems } = part;
    const first = [prefixItems, items].find((list): list is unknown[] => Array.isArray(list));
    const rest = Array.isArray(items) ? additionalItems : items;
    const each = place.inside.get(EACH);
    // Of a list without known length any element may be the one that fits.
    if (each) return first === undefined && rest !== undefined ? this.at(each, [...path, EACH], [rest], []) : [];
    const few: Misfit[] =
      typeof minItems === 'number' && minItems > Math.max(...(place.inside.keys() as Iterable<number>)) + 1
        ? [
            {
              at: firstLine(place),
              message: `"${showPath(path)}" has ${place.inside.size} elements, and the contract wants ${minItems} or more`,
              remedy: 'write the others too, or make the list of a list with []',
            },
          ]
        : [];
    const inner = [...place.inside].flatMap(([index, element]) => {
      const wanted = first?.[index as number] ?? rest;
      return wanted === undefined ? [] : this.at(element, [...path, index], [wanted], []);
    });
    return [...few, ...inner];
  }

  /** Of an object or a list; a single value has been compared with alternatives already. */
  #alternatives(place: Place, path: Path, part: Part, hidden: readonly Names[]): Misfit[] {
    return alternativesOf(part).flatMap((choices) => {
      const each = choices.map((choice) => this.at(place, path, [choice], hidden));
      if (each.length === 0 || each.some((misfits) => misfits.length === 0)) return [];
      return each.reduce((fewest, misfits) => (misfits.length < fewest.length ? misfits : fewest));
    });
  }
}

/** The contract does not know the name and allows no others. A name that it gives as `false` is known, and may never be there. */
const isClosed = ({ properties }: Part, name: string, said: readonly unknown[]): boolean =>
  said[0] === false && !(isPart(properties) && Object.hasOwn(properties, name));

const formSchema = (types: readonly AvroSchemaJson[], form: string) =>
  jsonSchemaOf(types.length === 1 ? (types[0] as AvroSchemaJson) : types, 'sent', form === DEFAULT ? undefined : form);

function nothingThere(place: Place, path: Path): Misfit[] {
  const message = `"${showPath(path)}" is there, and the contract takes nothing there`;
  return linesOf(place).map((at) => ({ at, message, remedy: 'leave it out' }));
}

function unknownName(place: Place, path: Path, { properties }: Part): Misfit[] {
  const name = String(path.at(-1));
  const remedy = didYouMean(name, isPart(properties) ? Object.keys(properties) : []);
  return linesOf(place).map((at) => ({ at, message: `the contract has no "${showPath(path)}"`, remedy }));
}

const linesOf = (place: Place): FieldPath[] => [
  ...place.made.map(({ at }) => at),
  ...[...place.inside.values()].flatMap(linesOf),
];

const firstLine = (place: Place): FieldPath => linesOf(place)[0] ?? ['fields'];
