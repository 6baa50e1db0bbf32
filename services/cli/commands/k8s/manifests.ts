// From the options of `ess k8s render` to files: what is there is compared with what would be rendered, and then written.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EssError } from '@ess/domain/text/error.ts';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import { brokers, list } from '@ess/runtime/settings/setting.ts';
import { ACCESS_FILE, readAccessPlan, readYaml } from '../../access-plan-file.ts';
import { kafkaUsers } from '../access/strimzi-users.ts';
import { TOPICS_FILE } from '../topics.ts';
import { readPartners } from './installation.ts';
import { MADE, renderAll } from './render.ts';

export interface RenderOptions {
  /** Folder of the connectors. */
  readonly connectors: string;
  readonly out: string;
  readonly check?: true;
  readonly image: string;
  readonly namespace: string;
  readonly kafka: string;
  readonly registry: string;
  readonly prometheus: string;
  readonly cluster: string;
  readonly set: readonly string[];
}

export interface Change {
  readonly file: string;
  readonly change: 'new' | 'changed' | 'unchanged' | 'removed';
}

/** What is rendered where nothing else is said. */
export const USUAL_PLACE = {
  image: 'ess:local',
  namespace: 'ess',
  kafka: 'kafka:9092',
  registry: 'http://registry:8081/apis/ccompat/v7',
  prometheus: 'http://prometheus-operated.monitoring:9090',
  cluster: 'ess',
} as const;

const ALERTS_FILE = fileURLToPath(new URL('../../../../infra/prometheus/alerts.yaml', import.meta.url));

/**
 * Writes what has changed, unless it is only to be checked.
 * @returns a change for every file there is
 * @throws EssError ESS_USAGE for a wrong option, ESS_CONFIG for a connector that is wrong
 */
export function writeManifests(options: RenderOptions): Change[] {
  const { image, namespace, kafka, registry, prometheus, cluster, out } = options;
  const named = brokers(kafka);
  if ('wrong' in named) throw new EssError('ESS_USAGE', `--kafka ${named.wrong}`);
  const urls = { '--registry': list(registry) as readonly string[], '--prometheus': [prometheus] };
  for (const [option, texts] of Object.entries(urls))
    if (!texts.every((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? '')))
      throw new EssError('ESS_USAGE', `${option} must be an http or https URL`);
  const place = {
    ...{ image, namespace, brokers: named, registry, prometheus, cluster },
    partners: readPartners(options.connectors, given(options.set)),
    topics: planTopics(readYaml(TOPICS_FILE), Number.POSITIVE_INFINITY),
  };
  const users = kafkaUsers(readAccessPlan(ACCESS_FILE, options.connectors), cluster, namespace);
  const files = renderAll(place, Object(readYaml(ALERTS_FILE)), users);
  const changes = [...changesOf(out, files)];
  if (!options.check) apply(out, files, changes);
  return changes;
}

function given(pairs: readonly string[]): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.+)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined)
        throw new EssError(
          'ESS_USAGE',
          `--set ${pair}: write NAME=value, e.g. HOSPITAL_URL=https://county-health.example/beds`,
        );
      return [name, value];
    }),
  );
}

function* changesOf(out: string, files: ReadonlyMap<string, string>): Generator<Change> {
  const there = filesBelow(out);
  for (const [file, text] of files) {
    const before = there.get(file);
    yield { file, change: before === undefined ? 'new' : before === text ? 'unchanged' : 'changed' };
  }
  for (const [file, text] of there)
    if (!files.has(file) && text.startsWith(`# ${MADE}`)) yield { file, change: 'removed' };
}

/** Only what was made by this command: what others have put there stays. */
function apply(out: string, files: ReadonlyMap<string, string>, changes: readonly Change[]): void {
  for (const { file, change } of changes) {
    if (change === 'removed') rmSync(join(out, file));
    if (change !== 'new' && change !== 'changed') continue;
    mkdirSync(dirname(join(out, file)), { recursive: true });
    writeFileSync(join(out, file), files.get(file) ?? '');
  }
}

function filesBelow(folder: string): Map<string, string> {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
    return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
}
