// Checks a parsed file against connector.schema.json or mapping.schema.json and says what is wrong in words a person can act on.
import { connector, mapping } from '@ess/schemas/generated/shapes.mjs';
import type { ErrorObject } from 'ajv';
import { didYouMean } from '../text/nearest.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import { PROBLEMS_MAX } from '../text/problem.ts';

const VALIDATORS = { connector, mapping };

/**
 * Adds what is wrong to `findings` and returns a copy from which the wrong parts are taken out, so that the checks that
 * follow can go on with the rest. Required parts may be missing in it.
 */
export function checkShape(
  value: unknown,
  schema: keyof typeof VALIDATORS,
  findings: Findings,
): Record<string, unknown> {
  const validate = VALIDATORS[schema];
  if (validate(value)) return value as Record<string, unknown>;
  const errors = validate.errors ?? [];
  // Nothing but mistakes: what is left when they are taken out would be no connector either.
  const copy = errors.length > PROBLEMS_MAX ? {} : structuredClone(value);
  for (const error of errors.slice(0, PROBLEMS_MAX)) {
    if (error.propertyName !== undefined) continue; // the propertyNames error that follows says it
    const holder = pathOf(error.instancePath, value);
    const { path, message, remedy } = explain(error, holder);
    findings.add(path, message, remedy);
    remove(copy, error.keyword === 'required' ? [] : path);
  }
  return isObject(copy) ? copy : {};
}

interface Explained {
  readonly path: FieldPath;
  readonly message: string;
  readonly remedy: string;
}

/** Values are shown only where they cannot be a secret: choices and numbers. */
function explain(error: ErrorObject, holder: FieldPath): Explained {
  const parent = error.parentSchema as Described;
  const description = remedyFrom(parent);
  const at = (message: string, remedy = description): Explained => ({ path: holder, message, remedy });
  const { params } = error;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const names = Object.keys(parent.properties ?? {});
      const remedy = names.length > 0 ? didYouMean(name, names) : 'use a status from 300 to 599';
      return { path: [...holder, name], message: 'unknown field', remedy };
    }
    case 'propertyNames':
      return {
        path: [...holder, String(params['propertyName'])],
        message: 'is not a name for a header',
        remedy: 'use letters, digits and hyphens',
      };
    case 'required': {
      const name = String(params['missingProperty']);
      return {
        path: [...holder, name],
        message: 'is missing',
        remedy: `add it: ${remedyFrom(parent.properties?.[name])}`,
      };
    }
    case 'type':
      if (holder.length === 0 && error.data == null)
        return at('is empty', `write ${(parent.required ?? []).join(', ')}; "ess connector new" makes such a file`);
      return at(`must be ${article(String(params['type']))}, is ${found(error.data)}`);
    case 'enum': {
      const choices = (params['allowedValues'] as unknown[]).map(String);
      return at(`${JSON.stringify(error.data)} is not one of the choices`, didYouMean(String(error.data), choices));
    }
    case 'minItems':
    case 'minProperties':
    case 'minLength':
      return at('is empty');
    case 'dependencies':
      // The only one of both schemas is that of "with".
      return at('"with" stands between joined texts, and there is no "join"', 'add "join", or remove "with"');
    case 'pattern':
      return at('does not have the right form');
    default:
      return at(`${error.message ?? 'is wrong'}${typeof error.data === 'number' ? `, is ${error.data}` : ''}`);
  }
}

/** An example that is longer helps nobody on a line. */
const EXAMPLE_CHARS = 60;

interface Described {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Described>>;
}

/** What the field is for: the first sentence that the schema tells editors, with an example that fits on a line. */
function remedyFrom(described: Described = {}): string {
  const [sentence = ''] = (described.description ?? 'see the schema in schemas/').split(/\.(?:\s|$)/);
  const example = exampleOf(described);
  const text = typeof example === 'object' ? JSON.stringify(example) : String(example);
  const isShown = example !== undefined && text.length <= EXAMPLE_CHARS;
  return `${sentence.replaceAll('`', '')}${isShown ? `, e.g. ${text}` : ''}`;
}

/** A plain one first, or the beginning of an object; of an object that says none, what it cannot be without. */
function exampleOf({ examples = [], required = [], properties = {} }: Described): unknown {
  const plain = examples.find((one) => typeof one === 'string' || typeof one === 'number');
  const [first] = examples;
  if (plain !== undefined || Array.isArray(first)) return plain ?? first;
  if (isObject(first))
    return JSON.stringify(first).length <= EXAMPLE_CHARS
      ? first
      : Object.fromEntries(Object.entries(first).slice(0, 1));
  const parts = required.map((name) => [name, exampleOf(properties[name] ?? {})] as const);
  const isWhole = parts.length > 0 && parts.every(([, part]) => part !== undefined);
  return isWhole ? Object.fromEntries(parts) : undefined;
}

function pathOf(pointer: string, value: unknown): FieldPath {
  let holder = value;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const known = Array.isArray(holder) ? Number(step) : step;
      holder = (holder as Record<string | number, unknown>)[known];
      return known;
    });
}

/** A wrong list item takes its list with it: without it the indexes of the others would change. */
function remove(from: unknown, path: FieldPath): void {
  const index = path.findIndex((step) => typeof step === 'number' && path.at(-1) === step);
  const target = index > 0 && index === path.length - 1 ? path.slice(0, -1) : path;
  const last = target.at(-1);
  let holder = from;
  for (const step of target.slice(0, -1)) {
    if (!isObject(holder)) return;
    holder = holder[step];
  }
  if (last !== undefined && isObject(holder)) delete holder[last];
}

const isObject = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null;
const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
/** What JSON has no number for is of no other kind: it is said by its name. */
const found = (value: unknown): string =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : article(kindOf(value));
const article = (types: string): string =>
  types
    .split(',')
    .map((type) => (type === 'null' ? 'null' : `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`))
    .join(' or ');
