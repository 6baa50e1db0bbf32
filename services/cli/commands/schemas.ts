// `ess schemas apply|check`: brings the .avsc files into the registry, and refuses a change that old records would not survive.
import { isDeepStrictEqual } from 'node:util';
import { registryAccess } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Incompatibility } from '@ess/domain/values/compatibility.ts';
import { explainIncompatibility } from '@ess/domain/values/compatibility.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { SchemaEntry } from '@ess/schemas/catalog.ts';
import { readSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import type { Command } from 'commander';
import { openKafka } from '../open-kafka.ts';
import { print } from '../terminal/print.ts';

interface Options {
  readonly registry?: string;
  readonly anew?: true;
  readonly json?: true;
}

/** One entry of `--json`. */
export interface SubjectReport {
  readonly subject: string;
  readonly file: string;
  readonly status: 'same' | 'changed' | 'missing' | 'incompatible' | 'registered';
  /** Version in the registry that the file was compared with. */
  readonly version?: number;
  /** Id under which records name the schema, once it is registered. */
  readonly id?: number;
  readonly problems: readonly Incompatibility[];
}

export function addSchemasCommand(program: Command): void {
  const schemas = program.command('schemas').description('the Avro schemas of schemas/ and the schema registry');
  const add = (name: string, description: string, action: (options: Options) => Promise<void>): Command =>
    schemas
      .command(name)
      .description(description)
      .option('--registry <url>', 'Confluent API of the registry (default: SCHEMA_REGISTRY_URL, or the local stack)')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExamples:\n  ess schemas ${name}\n  ess schemas ${name} --json`)
      .action(action);
  add('apply', 'register each schema as <topic>-value with compatibility BACKWARD', async (options) => {
    const subjects = subjectsOf(options);
    if (!options.anew) await refuseLostIds(subjects);
    printReports(await applySchemas(subjects), options);
  }).option(
    '--anew',
    'also into an empty registry beside topics with records, which name schemas by ids that are lost',
  );
  add(
    'check',
    'compare with the registry; a change that cannot read old records is refused, naming the field',
    async (options) => {
      const reports = await compareAll(subjectsOf(options));
      printReports(reports, options);
      if (reports.some(({ status }) => status === 'incompatible')) process.exitCode = 1;
    },
  );
}

function subjectsOf({ registry }: Options): Subjects {
  if (
    registry !== undefined &&
    registryAccess(registry).endpoints.some(({ authorization }) => authorization !== undefined)
  )
    throw new EssError(
      'ESS_USAGE',
      '--registry holds a user or a password, which the list of processes shows: set SCHEMA_REGISTRY_URL instead',
    );
  const env = registry === undefined ? process.env : { ...process.env, SCHEMA_REGISTRY_URL: registry };
  return new Subjects(loadSettings(env).registry);
}

/**
 * A registry that has none of our schemas may have lost them: under new ids the records there are would be read as others, or not at all.
 * @throws EssError ESS_CONFIG when Kafka has such records
 */
async function refuseLostIds(subjects: Subjects): Promise<void> {
  if ((await compareAll(subjects)).some(({ status }) => status !== 'missing')) return;
  const topic = await topicWithRecords().catch((error: unknown) => {
    if (error instanceof EssError) return undefined; // no Kafka, or none that lets us look: nothing is known
    throw error;
  });
  if (topic === undefined) return;
  throw new EssError(
    'ESS_CONFIG',
    `nothing was registered: the registry has none of our schemas, and ${topic} has records that name them by their ids. Bring the ids back (docs/disaster.md), or register under new ones with --anew: what is in the topics cannot be read then`,
  );
}

async function topicWithRecords(): Promise<string | undefined> {
  const { kafka } = await openKafka('ess-schemas');
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    for (const { topic } of SCHEMAS.filter((entry) => existing.has(entry.topic)))
      if ((await admin.fetchTopicOffsets(topic)).some(({ low, high }) => low !== high)) return topic;
    return undefined;
  });
}

/**
 * Registers what is new or changed, one after the other: an empty registry gives the same ids each time; `ess up` does the same at its start.
 * @throws EssError ESS_CONFIG naming each field that is incompatible, before anything is registered
 */
export async function applySchemas(subjects: Subjects): Promise<SubjectReport[]> {
  const reports = await compareAll(subjects);
  const refused = reports.filter(({ status }) => status === 'incompatible');
  if (refused.length > 0) {
    throw new EssError(
      'ESS_CONFIG',
      `nothing was registered:\n${refused
        .flatMap(linesOf)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  }
  const done: SubjectReport[] = [];
  for (const report of reports) {
    const { topic } = SCHEMAS.find(({ subject }) => subject === report.subject) as SchemaEntry;
    await subjects.setCompatibility(report.subject, 'BACKWARD');
    const id = await subjects.register(report.subject, readSchema(topic));
    done.push({ ...report, id, status: report.status === 'same' ? 'same' : 'registered' });
  }
  return done;
}

export const compareAll = (subjects: Subjects): Promise<SubjectReport[]> =>
  Promise.all(SCHEMAS.map((entry) => compare(entry, subjects)));

async function compare({ topic, subject, file }: SchemaEntry, subjects: Subjects): Promise<SubjectReport> {
  const local = readSchema(topic);
  const latest = await subjects.latest(subject);
  const about = { subject, file: `schemas/${file}` };
  if (latest === undefined) return { ...about, status: 'missing', problems: [] };
  const { version, id } = latest;
  if (isDeepStrictEqual(latest.schema, local)) return { ...about, status: 'same', version, id, problems: [] };
  const problems = explainIncompatibility(local, latest.schema);
  return { ...about, status: problems.length > 0 ? 'incompatible' : 'changed', version, problems };
}

function printReports(reports: readonly SubjectReport[], { json }: Options): void {
  if (json) print(JSON.stringify(reports));
  else for (const line of reports.flatMap(linesOf)) print(line);
}

function linesOf({ subject, file, status, version, id, problems }: SubjectReport): string[] {
  if (status === 'incompatible') {
    return problems.map(
      ({ field, message, remedy }) =>
        `${file} ${field}: ${message} (${remedy}); version ${version} of ${subject} is in use`,
    );
  }
  const against = version === undefined ? '' : ` (version ${version})`;
  return [`${subject}: ${status}${id === undefined ? against : ` (id ${id})`}`];
}
