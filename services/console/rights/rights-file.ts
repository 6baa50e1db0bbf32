// The file of rights. What is wrong in it is said with its line, its field and what to do about it.
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import type { FieldPath, Problem } from '@ess/domain/text/problem.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { SourceText } from '@ess/domain/text/source-text.ts';
import { readYaml } from '@ess/domain/text/source-text.ts';
import { compileGlob } from './glob.ts';
import type { Grant } from './rights.ts';
import { BUILT_IN_ROLES, Rights } from './rights.ts';
import type { Action } from './subject.ts';
import { ACTIONS } from './subject.ts';

const EXAMPLE = 'write: grants: [{ to: { groups: ess-ops }, roles: [operator], partners: ["*"] }]';

/** @throws EssError ESS_CONFIG with one line for each problem */
export function parseRights(file: string, text: string): Rights {
  const reader = new Reader(file, text);
  const rights = reader.rights();
  if (reader.problems.length === 0) return rights;
  throw new EssError(
    'ESS_CONFIG',
    `the rights of the console are wrong:\n${reader.problems.map((one) => `  ${formatProblem(one)}`).join('\n')}`,
  );
}

class Reader {
  readonly problems: Problem[];
  readonly #source: SourceText;

  constructor(file: string, text: string) {
    this.#source = readYaml(file, text);
    this.problems = [...this.#source.problems];
  }

  rights(): Rights {
    if (this.problems.length > 0) return new Rights([]);
    const top = this.#map([], this.#source.value, ['roles', 'grants'], EXAMPLE);
    const roles = new Map(Object.entries(BUILT_IN_ROLES));
    for (const [name, actions] of Object.entries(this.#map(['roles'], top['roles'] ?? {}))) {
      const at = ['roles', name];
      if (Object.hasOwn(BUILT_IN_ROLES, name)) this.#add(at, 'is built in', 'give the role another name');
      else roles.set(name, this.#actions(at, actions));
    }
    // No grant is an answer: the last one was taken away.
    const none = Array.isArray(top['grants']) && top['grants'].length === 0;
    const grants = none ? [] : this.#list(['grants'], top['grants'], EXAMPLE);
    return new Rights(grants.flatMap((one, index) => this.#grant(['grants', index], one, roles)));
  }

  #grant(at: FieldPath, value: unknown, known: ReadonlyMap<string, readonly Action[]>): Grant[] {
    const grant = this.#map(at, value, ['to', 'roles', 'actions', 'partners'], EXAMPLE);
    const to = Object.entries(
      this.#map([...at, 'to'], grant['to'], undefined, 'write a claim and its value: groups: ess-ops'),
    );
    if (grant['to'] !== undefined && to.length !== 1)
      this.#add([...at, 'to'], `names ${to.length} claims`, 'name one; another one is another grant');
    const actions = grant['actions'] === undefined ? [] : this.#actions([...at, 'actions'], grant['actions']);
    const roles = grant['roles'] === undefined ? [] : this.#texts([...at, 'roles'], grant['roles'], '[viewer]');
    for (const role of roles)
      if (!known.has(role))
        this.#add([...at, 'roles'], `there is no role ${role}`, didYouMean(role, [...known.keys()]));
    if (grant['actions'] === undefined && grant['roles'] === undefined)
      this.#add(at, 'grants nothing', `add roles or actions, e.g. roles: [viewer]`);
    const partners = this.#texts([...at, 'partners'], grant['partners'], '["*"]').map(compileGlob);
    const all = new Set([...actions, ...roles.flatMap((role) => known.get(role) ?? [])]);
    const views = [...roles.filter((role) => role !== 'partner').flatMap((role) => known.get(role) ?? []), ...actions];
    const isGuest = !views.includes('view');
    return to.flatMap(([claim, wanted]) => {
      if (typeof wanted !== 'string' || wanted === '') {
        this.#add([...at, 'to', claim], 'must be a text', 'write the value of the claim in quotes');
        return [];
      }
      return { claim, value: wanted, actions: all, partners, isGuest };
    });
  }

  #actions(at: FieldPath, value: unknown): Action[] {
    return this.#texts(at, value, '[view]').flatMap((name) => {
      const action = ACTIONS.find((one) => one === name);
      if (action) return action;
      this.#add(at, `there is no action ${name}`, didYouMean(name, ACTIONS));
      return [];
    });
  }

  #texts(at: FieldPath, value: unknown, example: string): string[] {
    const remedy = `write a list of texts, e.g. ${example}`;
    return this.#list(at, value, remedy).flatMap((one, index) => {
      if (typeof one === 'string' && one !== '') return one;
      this.#add([...at, index], 'must be a text', remedy);
      return [];
    });
  }

  #list(at: FieldPath, value: unknown, remedy: string): unknown[] {
    if (Array.isArray(value) && value.length > 0) return value;
    this.#add(at, value === undefined ? 'is missing' : 'must be a list that is not empty', remedy);
    return [];
  }

  #map(
    at: FieldPath,
    value: unknown,
    fields?: readonly string[],
    remedy = 'write it as name: value',
  ): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#add(at, value === undefined ? 'is missing' : 'must be a map', remedy);
      return {};
    }
    for (const name of Object.keys(value))
      if (fields && !fields.includes(name)) this.#add([...at, name], 'is not known here', didYouMean(name, fields));
    return value as Record<string, unknown>;
  }

  #add(at: FieldPath, message: string, remedy: string): void {
    const { file, lineOf } = this.#source;
    const line = lineOf(at);
    this.problems.push({ file, ...(line !== undefined && { line }), field: at.join('.'), message, remedy });
  }
}
