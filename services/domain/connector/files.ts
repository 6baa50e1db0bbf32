// The files of a connector's folder, parsed once each; a file that is named but absent or wrong becomes a problem.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Contract } from '../contract/contract.ts';
import { compileContract } from '../contract/contract.ts';
import { checkContract } from '../contract/contract-check.ts';
import type { Place } from '../mapping/body-shape.ts';
import { checkFit } from '../mapping/contract-fit.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { compileMapping } from '../mapping/mapping.ts';
import type { MappingFile } from '../mapping/mapping-file.ts';
import { nearest } from '../text/nearest.ts';
import type { FieldPath, Findings, Problem } from '../text/problem.ts';
import { Findings as FileFindings } from '../text/problem.ts';
import type { SourceText } from '../text/source-text.ts';
import { ROUNDED, readJson } from '../text/source-text.ts';
import { checkShape } from '../values/shape.ts';
import type { ConnectorFolder } from './connector.ts';

export const CONTRACT_FILE = 'contract.schema.json';

export class MappingFiles {
  readonly #folder: ConnectorFolder;
  readonly #texts = new Map<string, SourceText>();
  readonly #problems: Problem[];
  /** The text of connector.yaml, which names the files. */
  readonly #findings: Findings;

  /** Reads every .json file, so that mistakes of syntax are found even in one that nothing names. */
  constructor(folder: ConnectorFolder, findings: Findings, problems: Problem[]) {
    this.#folder = folder;
    this.#findings = findings;
    this.#problems = problems;
    for (const [name, text] of folder.files) {
      if (!name.endsWith('.json')) continue;
      const parsed = readJson(`${folder.path}/${name}`, text);
      this.#texts.set(name, parsed);
      problems.push(...parsed.problems);
    }
  }

  /** The value of a JSON file that could be read. */
  json(name: string): SourceText | undefined {
    const parsed = this.#texts.get(name);
    return parsed?.value === undefined ? undefined : parsed;
  }

  /** @param name as written at `at` in connector.yaml; undefined when it was missing there */
  mapping(
    name: string | undefined,
    at: FieldPath,
    schema: AvroSchemaJson | undefined,
    invertible: boolean,
  ): Mapping | undefined {
    if (name === undefined) return undefined;
    if (!this.#folder.files.has(name)) {
      const names = [...this.#texts.keys()].filter((file) => !file.includes('/') && file !== CONTRACT_FILE);
      const near = nearest(name, names);
      const remedy = near === undefined ? `add ${this.#folder.path}/${name}` : `did you mean "${near}"?`;
      this.#findings.add(at, `there is no file ${name} in ${this.#folder.path}`, remedy);
      return undefined;
    }
    const parsed = this.json(name);
    if (parsed === undefined) return undefined;
    const found = new FileFindings(parsed);
    for (const path of parsed.rounded ?? []) found.add(path, ...ROUNDED);
    const file = checkShape(parsed.value, 'mapping', found) as unknown as MappingFile;
    const complete = { ...file, fields: file.fields ?? {} };
    const { mapping, problems } = compileMapping(complete, schema, { place: parsed, invertible });
    for (const problem of [...found.problems, ...problems]) if (!this.#known(problem)) this.#problems.push(problem);
    return found.problems.length > 0 ? undefined : mapping;
  }

  /** The partner's contract, when the folder has one. */
  contract(): Contract | undefined {
    const parsed = this.json(CONTRACT_FILE);
    if (parsed === undefined) return undefined;
    try {
      if (typeof parsed.value !== 'object' || parsed.value === null) throw new Error('it must be an object');
      const { problems, names } = checkContract(parsed.value);
      const findings = new FileFindings(parsed, this.#problems);
      for (const { path, message, remedy } of problems) findings.add(path, message, remedy);
      // A bound may be rounded, as that of a long is; what a value has to equal may not.
      for (const path of parsed.rounded ?? [])
        if (path.includes('const') || path.includes('enum')) findings.add(path, ...ROUNDED);
      return problems.length > 0 ? undefined : compileContract(parsed.value, names);
    } catch (error) {
      const message = `not a valid JSON Schema: ${error instanceof Error ? error.message : error}`;
      // ajv names the place as data/properties/bedCap/type
      const at = /\bdata\/([^\s,]+)/.exec(message)?.[1]?.split('/') ?? [];
      new FileFindings(parsed, this.#problems).add(
        at,
        message,
        'correct it as JSON Schema asks; $ref only within the file',
      );
      return undefined;
    }
  }

  /** Finds lines of a mapping that can never fit the contract. @param credentials dotted paths of what is added to bodies */
  fit(name: string, shape: Place, credentials: readonly string[]): void {
    const [mapping, contract] = [this.json(name), this.json(CONTRACT_FILE)];
    if (mapping === undefined || contract === undefined) return;
    checkFit(shape, contract.value, credentials, new FileFindings(mapping, this.#problems));
  }

  /** Two doors may share a mapping; its problems are said once. */
  #known(problem: Problem): boolean {
    const same = JSON.stringify(problem);
    return this.#problems.some((other) => JSON.stringify(other) === same);
  }
}
