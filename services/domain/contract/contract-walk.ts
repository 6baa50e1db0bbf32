// All schemas of a partner's contract, and the ways between those that judge the same value: by keywords, and by $refs. A way
// that leads back to where it began would never end.
import type { FieldPath } from '../text/problem.ts';
import type { Part } from './schema-part.ts';
import { partOf, unescaped } from './schema-part.ts';

export interface ContractProblem {
  readonly path: FieldPath;
  readonly message: string;
  readonly remedy: string;
}

export interface Node {
  readonly schema: Part;
  readonly path: FieldPath;
  /** Address of the schema resource that the node is in. */
  readonly base: string;
  /** What judges the same value as this node does. */
  readonly inPlace: Step[];
  /** What the walk along those has found. `deep`: the longest way on from here; `work`: how many judgements of one value it makes. */
  seen: 'no' | 'open' | 'done';
  deep: number;
  work: number;
}

interface Step {
  readonly path: FieldPath;
  readonly to: Part;
}

const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
const SINGLE = [
  ...['not', 'if', 'then', 'else', 'items', 'additionalItems', 'contains', 'unevaluatedItems'],
  ...['additionalProperties', 'propertyNames', 'unevaluatedProperties'],
];
const IN_PLACE = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas', 'dependencies']);
const REFS = ['$ref', '$dynamicRef', '$recursiveRef'];
/** $refs in a row, for one value: each is a call inside the call before. */
const DEEP_MAX = 200;
/** Judgements of one value by one schema, all branches counted. */
const WORK_MAX = 100_000;
/** Where a schema is that does not say where it is. */
const NOWHERE = 'http://contract.invalid/';

export class Walk {
  readonly nodes: Node[] = [];
  readonly #known = new Map<Part, Node>();
  /** By address, with the fragment of an anchor. */
  readonly #addresses = new Map<string, Part>();
  readonly #dynamic = new Map<string, Step[]>();

  readonly #id: string;

  /** @param id the keyword that names a schema */
  constructor(root: Part, id: string) {
    this.#id = id;
    this.#addresses.set(NOWHERE, root);
    this.#enter(root, [], NOWHERE);
    // Grows meanwhile: a $ref may lead to where no keyword does.
    for (const node of this.nodes) this.#refs(node);
  }

  /** Ways from a value back to the same value, and ways that are too long or too many. */
  circles(): ContractProblem[] {
    const problems: ContractProblem[] = [];
    for (const start of this.nodes) {
      // By hand: a schema may be a longer chain than the stack is deep.
      const way: { node: Node; next: number }[] = start.seen === 'no' ? [{ node: start, next: 0 }] : [];
      start.seen = start.seen === 'no' ? 'open' : start.seen;
      for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
        const { node } = last;
        const step = node.inPlace[last.next];
        last.next += 1;
        if (step === undefined) {
          node.seen = 'done';
          way.pop();
          const before = way.at(-1)?.node;
          if (before) gather(before, node);
          continue;
        }
        const to = this.#known.get(step.to);
        if (to === undefined) continue;
        if (to.seen === 'done') gather(node, to);
        else if (to.seen === 'open') problems.push(circle(step.path));
        else {
          to.seen = 'open';
          way.push({ node: to, next: 0 });
        }
      }
    }
    const far = this.nodes.find(({ deep, work }) => deep > DEEP_MAX || work > WORK_MAX);
    if (far && problems.length === 0)
      problems.push({
        path: far.path,
        message: `judges one value in more than ${far.deep > DEEP_MAX ? `${DEEP_MAX} steps in a row` : `${WORK_MAX} ways`}`,
        remedy: 'let fewer $refs follow each other',
      });
    return problems;
  }

  #enter(top: Part, path: FieldPath, base: string): void {
    const open = [{ schema: top, path, base }];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (this.#known.has(one.schema)) continue;
      const node: Node = { ...one, base: this.#place(one), inPlace: [], seen: 'no', deep: 1, work: 1 };
      this.#known.set(node.schema, node);
      this.nodes.push(node);
      for (const { keyword, step } of stepsOf(node)) {
        open.push({ schema: step.to, path: step.path, base: node.base });
        if (IN_PLACE.has(keyword)) node.inPlace.push(step);
      }
    }
  }

  /** @returns the address that counts within the node */
  #place({ schema, path, base }: { schema: Part; path: FieldPath; base: string }): string {
    const here = addressOf(schema[this.#id], base) ?? base;
    if (typeof schema[this.#id] === 'string') this.#addresses.set(here, schema);
    // It may mean the outermost one that says so.
    if (schema['$recursiveAnchor'] === true) put(this.#dynamic, '', { path, to: schema });
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = schema[keyword];
      if (typeof anchor !== 'string') continue;
      this.#addresses.set(`${here}#${anchor}`, schema);
      if (keyword === '$dynamicAnchor') put(this.#dynamic, anchor, { path, to: schema });
    }
    return here.split('#')[0] as string;
  }

  #refs(node: Node): void {
    for (const keyword of REFS) {
      const ref = node.schema[keyword];
      const address = addressOf(ref, node.base);
      if (typeof ref !== 'string' || address === undefined) continue; // ajv says what is wrong with it
      const path = [...node.path, keyword];
      const found = this.#find(address);
      if (found) {
        this.#enter(found.to, found.path, found.base);
        node.inPlace.push({ path, to: found.to });
      }
      // Which one it is shows only with a body: it may be any of that name, and for $recursiveRef the whole.
      const others = keyword === '$ref' ? [] : (this.#dynamic.get(ref.slice(ref.indexOf('#') + 1)) ?? []);
      for (const { to } of others) node.inPlace.push({ path, to });
    }
  }

  #find(address: string): { to: Part; path: FieldPath; base: string } | undefined {
    const [base = '', fragment = ''] = address.split('#');
    const whole = this.#addresses.get(fragment === '' || fragment.startsWith('/') ? base : address);
    if (whole === undefined) return undefined;
    const steps = fragment.startsWith('/') ? fragment.slice(1).split('/').map(unescaped) : [];
    let to: unknown = whole;
    for (const step of steps) to = typeof to === 'object' && to !== null ? (to as Part)[step] : undefined;
    const found = partOf(to);
    return found && { to: found, path: [...(this.#known.get(whole)?.path ?? []), ...steps], base };
  }
}

function* stepsOf({ schema, path }: Node): Generator<{ keyword: string; step: Step }> {
  const made = (keyword: string, value: unknown, ...more: FieldPath) => {
    const to = partOf(value);
    return to ? [{ keyword, step: { path: [...path, keyword, ...more], to } }] : [];
  };
  for (const keyword of SINGLE) yield* made(keyword, schema[keyword]);
  for (const keyword of MAPS)
    for (const [name, value] of Object.entries(partOf(schema[keyword]) ?? {})) yield* made(keyword, value, name);
  for (const keyword of LISTS) {
    const list = schema[keyword];
    if (Array.isArray(list)) for (const [index, value] of list.entries()) yield* made(keyword, value, index);
  }
}

function gather(node: Node, part: Node): void {
  node.deep = Math.max(node.deep, part.deep + 1);
  node.work += part.work;
}

const circle = (path: FieldPath): ContractProblem => ({
  path,
  message: 'leads back to itself without a step into the body: it would never end',
  remedy: 'let it stand below properties or items, where each turn goes one level deeper',
});

function put(into: Map<string, Step[]>, name: string, step: Step): void {
  into.set(name, [...(into.get(name) ?? []), step]);
}

function addressOf(reference: unknown, base: string): string | undefined {
  if (typeof reference !== 'string' || !URL.canParse(reference, base)) return undefined;
  return new URL(reference, base).href.replace(/#$/, '');
}
