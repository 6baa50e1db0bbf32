// Where an installation is: what `ess k8s render` is told of it, checked, and kept beside the manifests for the next time.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { registryUrls } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Parse } from '@ess/runtime/settings/setting.ts';
import { brokers, publicUrl, registries } from '@ess/runtime/settings/setting.ts';
import { readYamlFile } from '@ess/runtime/settings/yaml-file.ts';
import { kubernetesName } from '../access/strimzi-users.ts';
import { reasonedYaml } from './reasoned-yaml.ts';

/** What is rendered where nothing else is said. */
export const USUAL_PLACE = {
  image: 'ess:local',
  namespace: 'ess',
  kafka: 'kafka:9092',
  registry: 'http://registry:8081/apis/ccompat/v7',
  prometheus: 'http://prometheus-operated.monitoring:9090',
  cluster: 'ess',
} as const;

export type PlaceOptions = Readonly<Record<keyof typeof USUAL_PLACE, string>>;

export interface KeptOptions {
  readonly place: PlaceOptions;
  /** Variables of connectors that are no secret. */
  readonly set: ReadonlyMap<string, string>;
}

export const OPTIONS_FILE = 'options.yaml';
const HEAD = [
  'The options of the last "ess k8s render": the next takes from here what it is not told on the command line.',
];

const withoutUser: Parse<string> = (text) =>
  registryUrls(text).some((url) => URL.parse(url)?.username || URL.parse(url)?.password)
    ? {
        wrong:
          'is written where many may read it: leave out user and password; set SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD_FILE in a kustomization of your own',
      }
    : registries(text);

const CHECKS: Readonly<Record<keyof PlaceOptions, Parse<unknown>>> = {
  image: (text) =>
    /^[a-z0-9][\w.:/@-]*$/i.test(text)
      ? text
      : { wrong: 'must be the name of an image, e.g. registry.example/ess:1.0' },
  namespace: kubernetesName,
  kafka: brokers,
  registry: withoutUser,
  prometheus: publicUrl,
  cluster: kubernetesName,
};

/**
 * @param out where the manifests are: what is kept there holds where nothing is told
 * @throws EssError ESS_USAGE for an option that is wrong
 */
export function placeOf(out: string, told: Partial<PlaceOptions>): KeptOptions {
  const file = join(out, OPTIONS_FILE);
  const { set, ...kept } = (existsSync(file) ? Object(readYamlFile(file)) : {}) as Record<string, unknown>;
  const entries = Object.entries(USUAL_PLACE).map(([name, usual]) => {
    const option = name as keyof PlaceOptions;
    const text = told[option] ?? String(kept[option] ?? usual);
    const read = CHECKS[option](text);
    if (typeof read === 'object' && read !== null && 'wrong' in read)
      throw new EssError('ESS_USAGE', `--${option} ${read.wrong}${told[option] === undefined ? ` (${file})` : ''}`);
    return [option, text];
  });
  const values = Object.entries(Object(set)).map(([name, value]) => [name, String(value)] as const);
  return { place: Object.fromEntries(entries) as PlaceOptions, set: new Map(values) };
}

export const keptText = ({ place, set }: KeptOptions): string =>
  reasonedYaml(HEAD, [{ ...place, ...(set.size > 0 && { set: Object.fromEntries(set) }) }]);
