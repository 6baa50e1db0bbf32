// The fields of connector.yaml and mapping.json, as their JSON Schemas describe them, each with its examples in their place.

/** As much of JSON Schema as the two files use. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly patternProperties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: boolean | FieldSchema;
  readonly items?: FieldSchema;
}

/** Each element of a list. */
export const EACH = '[]';
/** Each name that the writer of the file chooses. */
export const ANY = '*';

export interface Field {
  /** Names from the top of the file; EACH and ANY for what has none. */
  readonly steps: readonly string[];
  readonly schema: FieldSchema;
  readonly isRequired: boolean;
}

/** Whether it is written as an object, or as a list of objects, whose fields have names. */
export const hasFields = ({ properties, items }: FieldSchema): boolean =>
  properties !== undefined || items?.properties !== undefined;

/** Everything that the schema describes below `steps`, values of free names and elements of lists included. */
export function fieldsOf(schema: FieldSchema, steps: readonly string[] = []): Field[] {
  const { properties = {}, patternProperties = {}, additionalProperties, items, required = [] } = schema;
  const named = Object.entries(properties).map(([name, inner]) => ({
    name,
    inner,
    isRequired: required.includes(name),
  }));
  const free = [
    ...Object.values(patternProperties),
    ...(typeof additionalProperties === 'object' ? [additionalProperties] : []),
  ].map((inner) => ({ name: ANY, inner, isRequired: false }));
  const each = items === undefined ? [] : [{ name: EACH, inner: items, isRequired: false }];
  return [...named, ...free, ...each].flatMap(({ name, inner, isRequired }) => [
    { steps: [...steps, name], schema: inner, isRequired },
    ...fieldsOf(inner, [...steps, name]),
  ]);
}

/** As a heading: `inbound[].auth.header`, `fields.SOURCE.as`. */
export const pathOf = (steps: readonly string[]): string =>
  steps
    .map((step) => (step === ANY ? 'SOURCE' : step))
    .map((step, at) => (step === EACH || at === 0 ? step : `.${step}`))
    .join('');

/**
 * The value in its place, from the top of the file. A free name is the first one of the examples that leads on, with what
 * stands beside the value there: a mapping's `with` is nothing without its `join`.
 * @throws Error when there is no such example
 */
export function placed(top: FieldSchema, steps: readonly string[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (step === EACH) return [placed(top.items ?? {}, rest, value)];
  if (step !== ANY) return { [step]: placed(top.properties?.[step] ?? {}, rest, value) };
  const { additionalProperties } = top;
  const inner = typeof additionalProperties === 'object' ? additionalProperties : {};
  const [name, beside] = entryWith(top, rest[0]);
  const made = placed(inner, rest, value);
  return { [name]: isObject(beside) && isObject(made) && rest.length > 0 ? { ...beside, ...made } : made };
}

/** The first one of the examples. @param step what leads on into it; undefined: nothing does */
function entryWith({ examples = [] }: FieldSchema, step: string | undefined): [string, unknown] {
  const leadsOn = (value: unknown): boolean =>
    step === undefined || (step === EACH ? Array.isArray(value) : isObject(value) && step in value);
  const entries = examples.filter(isObject).flatMap((one) => Object.entries(one));
  const found = entries.find(([, value]) => leadsOn(value)) ?? entries[0];
  if (found === undefined) throw new Error('what has free names has no example with one');
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
