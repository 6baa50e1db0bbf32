// The schemas that connectors are checked against: the newest one in the registry, or the .avsc in schemas/ while the
// registry is away or does not have the subject. A connector that does not fit the newest one works with the newest that it fits.

import type { CompileOptions } from '@ess/domain/connector/compile.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { LoadOptions } from '@ess/runtime/connectors/connector-folder.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import type { ConnectorSetOptions } from '@ess/runtime/connectors/connector-set.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSubject, SCHEMAS } from '@ess/schemas/catalog.ts';
import { valueSubject } from '@ess/schemas/topics.ts';
import type { RegisteredSchema } from '@ess/stream/registry/subjects.ts';
import { Subjects, shownVersion } from '@ess/stream/registry/subjects.ts';

/** Checking files must not wait for a registry that is not there. */
const REGISTRY_WITHIN_MS = 2_000;
/** Versions before the newest that are looked at. */
const OLDER_MAX = 20;
const OWN_SUBJECTS = SCHEMAS.map(({ subject }) => subject);

export interface SourceSchemas extends Required<Pick<LoadOptions, 'sourceSchema' | 'shownSchema' | 'subjects'>> {
  /** Why the registry could not be asked: a subject that is not in `subjects` may be there all the same. */
  readonly away: string | undefined;
}

/** Why a connector does not work with the newest schema of its source, and with which it does. */
export interface OlderSchema {
  readonly partner: string;
  readonly topic: string;
  readonly newest: string;
  readonly reads: string;
  readonly problems: readonly string[];
}

/** Options for the connectors of these partners: their schemas, and the subjects that have one. */
export function sourceSchemas(
  root: string,
  partners: readonly string[],
  registry: RegistryAddress,
): Promise<SourceSchemas> {
  return new KnownSchemas(root, registry).newestFor(partners);
}

/** Options for one connector that is there already: the newest schemas, or those before that it fits, which is told. */
export async function fittingSchemas(
  known: KnownSchemas,
  partner: string,
  tell: (line: string) => void,
): Promise<SourceSchemas> {
  const older = await known.olderFor(partner, ({ newest, reads }) =>
    tell(
      `${partner} does not fit ${newest}: its records are read as ${reads}; "ess connector check ${partner}" says why`,
    ),
  );
  return older ?? known.newestFor([partner]);
}

/** What is known of schemas: asked once, and again when it is told to. */
export class KnownSchemas {
  readonly #root: string;
  readonly #registry: RegistryAddress;
  /** By subject; undefined: the registry has none. */
  readonly #newest = new Map<string, RegisteredSchema | undefined>();
  /** All that were ever asked for. */
  readonly #subjects = new Set<string>();
  /** By subject and version: a version never changes. */
  readonly #versions = new Map<string, RegisteredSchema>();
  /** By subject, read once: readers are kept by the object. */
  readonly #builtIn = new Map<string, AvroSchemaJson | undefined>();

  constructor(root: string, registry: RegistryAddress) {
    this.#root = root;
    this.#registry = registry;
  }

  /** Asks for the newest of all subjects that it knows. While the registry is away what was known stays. @returns what changed */
  async refresh(): Promise<ReadonlySet<string>> {
    const before = new Map(this.#newest);
    const { newest } = await this.#ask([...this.#subjects]);
    for (const [subject, found] of newest) this.#newest.set(subject, found);
    const changed = [...newest].filter(([subject, found]) => found?.id !== before.get(subject)?.id);
    return new Set(changed.map(([subject]) => subject));
  }

  /** @param more subjects that no folder names yet */
  async newestFor(partners: readonly string[], more: readonly string[] = []): Promise<SourceSchemas> {
    const subjects = [...this.#subjectsOf(partners), ...more];
    for (const subject of subjects) this.#subjects.add(subject);
    const { newest, away } = await this.#ask(subjects.filter((subject) => !this.#newest.get(subject)));
    for (const [subject, found] of newest) this.#newest.set(subject, found);
    const there = [...this.#newest].flatMap(([subject, found]) => (found ? [subject] : []));
    return {
      sourceSchema: (subject) => this.#newest.get(subject)?.schema ?? this.#own(subject),
      shownSchema: (subject) => shown(subject, this.#newest.get(subject)),
      subjects: [...new Set([...OWN_SUBJECTS, ...there])],
      away,
    };
  }

  /** For a connector that is not written yet. */
  async ofSubject(
    subject: string,
  ): Promise<Pick<CompileOptions, 'sourceSchema' | 'subjects' | 'isRegistryAway'> & { away?: string }> {
    const own = this.#own(subject);
    const { newest, away } = own ? { away: undefined } : await this.#ask([subject]);
    const schema = own ?? newest?.get(subject)?.schema;
    return {
      sourceSchema: (name) => (name === subject ? schema : this.#own(name)),
      subjects: [...OWN_SUBJECTS, ...(schema ? [subject] : [])],
      ...(away !== undefined && { isRegistryAway: true, away }),
    };
  }

  /** Of a connector that does not fit the newest: the newest version of its source that it fits. Undefined: there is none. */
  async olderFor(partner: string, tell: (older: OlderSchema) => void): Promise<SourceSchemas | undefined> {
    const newest = await this.newestFor([partner]);
    const compile = (options: LoadOptions) => compilePartner(this.#root, partner, { ...options, withoutEnv: true });
    try {
      const { connector, problems } = compile(newest);
      if (connector || newest.away) return undefined;
      // What is wrong without any schema is not the schema's fault.
      const source = compile({ sourceSchema: () => undefined }).connector?.source;
      if (source === undefined) return undefined;
      const { topic, subject = valueSubject(topic) } = source;
      const first = this.#newest.get(subject);
      if (!first) return undefined;
      for (let version = first.version - 1; version > Math.max(0, first.version - 1 - OLDER_MAX); version -= 1) {
        const older = await this.#version(subject, version);
        if (!older) continue;
        const options = {
          ...newest,
          sourceSchema: (other: string) => (other === subject ? older.schema : newest.sourceSchema(other)),
          shownSchema: (other: string) => (other === subject ? shown(subject, older) : newest.shownSchema(other)),
        };
        if (!compile(options).connector) continue;
        const [is, reads] = [shownVersion(subject, first), shownVersion(subject, older)];
        tell({ partner, topic, newest: is, reads, problems: problems.map(formatProblem) });
        return options;
      }
    } catch (error) {
      if (!(error instanceof EssError)) throw error; // gone meanwhile, or the registry is: whoever loads it says so
    }
    return undefined;
  }

  #subjectsOf(partners: readonly string[]): Set<string> {
    const asked = new Set<string>();
    const recordSubject = (subject: string) => {
      asked.add(subject);
      return this.#own(subject);
    };
    for (const partner of partners)
      try {
        compilePartner(this.#root, partner, { sourceSchema: recordSubject, withoutEnv: true });
      } catch (error) {
        if (!(error instanceof EssError)) throw error; // unknown, or gone meanwhile: whoever loads it says so
      }
    return asked;
  }

  async #ask(subjects: readonly string[]) {
    const registry = new Subjects(this.#registry, AbortSignal.timeout(REGISTRY_WITHIN_MS));
    const newest = new Map<string, RegisteredSchema | undefined>();
    const answered = await Promise.allSettled(
      subjects.map(async (subject) => {
        const found = await registry.latest(subject);
        const before = this.#newest.get(subject);
        // The same object: what was made for it serves on.
        newest.set(subject, found && before?.id === found.id ? before : found);
      }),
    );
    const failed = answered.find((one) => one.status === 'rejected'); // then the files decide
    return { newest, away: failed && (failed.reason as Error).message };
  }

  async #version(subject: string, version: number): Promise<RegisteredSchema | undefined> {
    const place = `${subject} ${version}`;
    const known = this.#versions.get(place);
    if (known) return known;
    const found = await new Subjects(this.#registry, AbortSignal.timeout(REGISTRY_WITHIN_MS)).version(subject, version);
    if (found) this.#versions.set(place, found);
    return found;
  }

  #own(subject: string): AvroSchemaJson | undefined {
    if (!this.#builtIn.has(subject)) this.#builtIn.set(subject, findSubject(subject));
    return this.#builtIn.get(subject);
  }
}

/**
 * For a program, whose partners come and go.
 * @param checksSubjects a source that has no schema is a problem; not while the registry is away: the program waits for it
 */
export function learnedSchemas(
  root: string,
  registry: RegistryAddress,
  log: Pick<Log, 'warn'>,
  checksSubjects = false,
): Pick<ConnectorSetOptions, 'schemas' | 'olderSchemas' | 'newSchemas'> {
  const known = new KnownSchemas(root, registry);
  const options = ({ sourceSchema, shownSchema, subjects, away }: SourceSchemas): LoadOptions =>
    checksSubjects && !away ? { sourceSchema, shownSchema, subjects } : { sourceSchema, shownSchema };
  return {
    schemas: async (partners) => options(await known.newestFor(partners)),
    olderSchemas: async (partner) => {
      const older = await known.olderFor(partner, (told) => log.warn({ ...told }, 'schema.does-not-fit'));
      return older && options(older);
    },
    newSchemas: () => known.refresh(),
  };
}

const shown = (subject: string, found: RegisteredSchema | undefined): string | undefined =>
  found && shownVersion(subject, found);
