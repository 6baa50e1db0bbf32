// The schemas that connectors are checked against: the newest one in the registry, or the .avsc in schemas/ while the
// registry is away or does not have the topic. A connector that does not fit the newest one works with the newest that it fits.

import type { CompileOptions } from '@ess/domain/connector/compile.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { LoadOptions } from '@ess/runtime/connectors/connector-folder.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import type { ConnectorSetOptions } from '@ess/runtime/connectors/connector-set.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import type { RegisteredSchema } from '@ess/stream/registry/subjects.ts';
import { Subjects, shownVersion } from '@ess/stream/registry/subjects.ts';

/** Checking files must not wait for a registry that is not there. */
const REGISTRY_WITHIN_MS = 2_000;
/** Versions before the newest that are looked at. */
const OLDER_MAX = 20;

export interface SourceSchemas extends Required<Pick<LoadOptions, 'sourceSchema' | 'shownSchema' | 'topics'>> {
  /** Why the registry could not be asked: a topic that is not in `topics` may have a schema all the same. */
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

/** Options for the connectors of these partners: their schemas, and the topics that have one. */
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
  /** By topic; undefined: the registry has none. */
  readonly #newest = new Map<string, RegisteredSchema | undefined>();
  /** All that were ever asked for. */
  readonly #topics = new Set<string>();
  /** By topic and version: a version never changes. */
  readonly #versions = new Map<string, RegisteredSchema>();
  /** By topic, read once: readers are kept by the object. */
  readonly #builtIn = new Map<string, AvroSchemaJson | undefined>();

  constructor(root: string, registry: RegistryAddress) {
    this.#root = root;
    this.#registry = registry;
  }

  /** Asks for the newest of all topics that it knows. While the registry is away what was known stays. @returns what changed */
  async refresh(): Promise<ReadonlySet<string>> {
    const before = new Map(this.#newest);
    const { newest } = await this.#ask([...this.#topics]);
    for (const [topic, found] of newest) this.#newest.set(topic, found);
    return new Set([...newest].filter(([topic, found]) => found?.id !== before.get(topic)?.id).map(([topic]) => topic));
  }

  async newestFor(partners: readonly string[]): Promise<SourceSchemas> {
    const topics = [...this.#topicsOf(partners)];
    for (const topic of topics) this.#topics.add(topic);
    const { newest, away } = await this.#ask(topics.filter((topic) => !this.#newest.get(topic)));
    for (const [topic, found] of newest) this.#newest.set(topic, found);
    return {
      sourceSchema: (topic) => this.#newest.get(topic)?.schema ?? this.#own(topic),
      shownSchema: (topic) => shown(topic, this.#newest.get(topic)),
      topics: [
        ...SCHEMAS.map(({ topic }) => topic),
        ...[...this.#newest].flatMap(([topic, found]) =>
          found && !SCHEMAS.some((own) => own.topic === topic) ? [topic] : [],
        ),
      ],
      away,
    };
  }

  /** For a connector that is not written yet. */
  async ofTopic(
    topic: string,
  ): Promise<Pick<CompileOptions, 'sourceSchema' | 'topics' | 'isRegistryAway'> & { away?: string }> {
    const own = this.#own(topic);
    const { newest, away } = own ? { away: undefined } : await this.#ask([topic]);
    const schema = own ?? newest?.get(topic)?.schema;
    const topics = [...SCHEMAS.map((entry) => entry.topic), ...(schema ? [topic] : [])];
    return {
      sourceSchema: (name) => (name === topic ? schema : this.#own(name)),
      topics,
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
      const topic = compile({ sourceSchema: () => undefined }).connector?.source.topic;
      const first = topic === undefined ? undefined : this.#newest.get(topic);
      if (topic === undefined || !first) return undefined;
      for (let version = first.version - 1; version > Math.max(0, first.version - 1 - OLDER_MAX); version -= 1) {
        const older = await this.#version(topic, version);
        if (!older) continue;
        const options = {
          ...newest,
          sourceSchema: (other: string) => (other === topic ? older.schema : newest.sourceSchema(other)),
          shownSchema: (other: string) => (other === topic ? shown(topic, older) : newest.shownSchema(other)),
        };
        if (!compile(options).connector) continue;
        const [is, reads] = [shownVersion(topic, first), shownVersion(topic, older)];
        tell({ partner, topic, newest: is, reads, problems: problems.map(formatProblem) });
        return options;
      }
    } catch (error) {
      if (!(error instanceof EssError)) throw error; // gone meanwhile, or the registry is: whoever loads it says so
    }
    return undefined;
  }

  #topicsOf(partners: readonly string[]): Set<string> {
    const asked = new Set<string>();
    const recordTopic = (topic: string) => {
      asked.add(topic);
      return this.#own(topic);
    };
    for (const partner of partners)
      try {
        compilePartner(this.#root, partner, { sourceSchema: recordTopic, withoutEnv: true });
      } catch (error) {
        if (!(error instanceof EssError)) throw error; // unknown, or gone meanwhile: whoever loads it says so
      }
    return asked;
  }

  async #ask(topics: readonly string[]) {
    const subjects = new Subjects(this.#registry, AbortSignal.timeout(REGISTRY_WITHIN_MS));
    const newest = new Map<string, RegisteredSchema | undefined>();
    const answered = await Promise.allSettled(
      topics.map(async (topic) => {
        const found = await subjects.latest(`${topic}-value`);
        const before = this.#newest.get(topic);
        // The same object: what was made for it serves on.
        newest.set(topic, found && before?.id === found.id ? before : found);
      }),
    );
    const failed = answered.find((one) => one.status === 'rejected'); // then the files decide
    return { newest, away: failed && (failed.reason as Error).message };
  }

  async #version(topic: string, version: number): Promise<RegisteredSchema | undefined> {
    const place = `${topic} ${version}`;
    const known = this.#versions.get(place);
    if (known) return known;
    const subjects = new Subjects(this.#registry, AbortSignal.timeout(REGISTRY_WITHIN_MS));
    const found = await subjects.version(`${topic}-value`, version);
    if (found) this.#versions.set(place, found);
    return found;
  }

  #own(topic: string): AvroSchemaJson | undefined {
    if (!this.#builtIn.has(topic)) this.#builtIn.set(topic, findSchema(topic));
    return this.#builtIn.get(topic);
  }
}

/**
 * For a program, whose partners come and go.
 * @param checksTopics a source that has no schema is a problem; not while the registry is away: the program waits for it
 */
export function learnedSchemas(
  root: string,
  registry: RegistryAddress,
  log: Pick<Log, 'warn'>,
  checksTopics = false,
): Pick<ConnectorSetOptions, 'schemas' | 'olderSchemas' | 'newSchemas'> {
  const known = new KnownSchemas(root, registry);
  const options = ({ sourceSchema, shownSchema, topics, away }: SourceSchemas): LoadOptions =>
    checksTopics && !away ? { sourceSchema, shownSchema, topics } : { sourceSchema, shownSchema };
  return {
    schemas: async (partners) => options(await known.newestFor(partners)),
    olderSchemas: async (partner) => {
      const older = await known.olderFor(partner, (told) => log.warn({ ...told }, 'schema.does-not-fit'));
      return older && options(older);
    },
    newSchemas: () => known.refresh(),
  };
}

const shown = (topic: string, found: RegisteredSchema | undefined): string | undefined =>
  found && shownVersion(topic, found);
