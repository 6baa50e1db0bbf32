// From the options of `ess k8s render` to files: what is there is compared with what would be rendered, and then written.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EssError } from '@ess/domain/text/error.ts';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import { list } from '@ess/runtime/settings/setting.ts';
import { readYamlFile } from '@ess/runtime/settings/yaml-file.ts';
import { ACCESS_FILE, readAccessPlan } from '../../access-plan-file.ts';
import { kafkaUsers } from '../access/strimzi-users.ts';
import { TOPICS_FILE } from '../topics.ts';
import { readPartners } from './installation.ts';
import type { PlaceOptions } from './place.ts';
import { keptText, OPTIONS_FILE, placeOf } from './place.ts';
import type { NeededSecrets } from './render.ts';
import { MADE, neededSecrets, renderAll } from './render.ts';

export interface RenderOptions extends Partial<PlaceOptions> {
  /** Folder of the connectors. */
  readonly connectors: string;
  readonly out: string;
  readonly check?: true;
  readonly set: readonly string[];
}

export interface Change {
  readonly file: string;
  readonly change: 'new' | 'changed' | 'unchanged' | 'removed';
}

const ALERTS_FILE = fileURLToPath(new URL('../../../../infra/prometheus/alerts.yaml', import.meta.url));

/**
 * Writes what has changed, unless it is only to be checked.
 * @returns a change for every file there is, and the Secrets to make
 * @throws EssError ESS_USAGE for a wrong option, ESS_CONFIG for a connector that is wrong
 */
export function writeManifests(options: RenderOptions): { changes: Change[]; secrets: NeededSecrets } {
  const { connectors, out } = options;
  const { place, set } = placeOf(out, options);
  const told = given(options.set);
  const partners = readPartners(connectors, told, set);
  const installation = {
    ...place,
    brokers: list(place.kafka) as readonly string[],
    partners,
    topics: planTopics(readYamlFile(TOPICS_FILE), Number.POSITIVE_INFINITY),
  };
  const users = kafkaUsers(readAccessPlan(ACCESS_FILE, connectors), place.cluster, place.namespace);
  const asked = new Set(partners.flatMap(({ settings }) => [...settings.keys()]));
  const kept = new Map([...set, ...told].filter(([name]) => asked.has(name)));
  const files = renderAll(installation, Object(readYamlFile(ALERTS_FILE)), users).set(
    OPTIONS_FILE,
    keptText({ place, set: kept }),
  );
  try {
    const changes = [...changesOf(out, files)];
    if (!options.check) apply(out, files, changes);
    return { changes, secrets: neededSecrets(installation) };
  } catch (error) {
    throw new EssError('ESS_USAGE', `--out ${out}: ${(error as Error).message}; name a folder that may be written`, {
      cause: error,
    });
  }
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
