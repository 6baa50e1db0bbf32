// What is rendered: every partner's connector, compiled without its secrets, and where the installation is.
import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { TopicSpec } from '@ess/domain/values/topic-plan.ts';
import { compilePartner, listConnectors, readConnectorFolder } from '@ess/runtime/connectors/connector-folder.ts';
import { parse } from 'yaml';

export interface Place {
  readonly image: string;
  readonly namespace: string;
  /** host:port. */
  readonly brokers: readonly string[];
  readonly registry: string;
  readonly prometheus: string;
  /** The name of Strimzi's Kafka. */
  readonly cluster: string;
}

export interface RenderedPartner {
  readonly name: string;
  readonly connector: Connector;
  /** Without samples: a program needs none. */
  readonly files: ReadonlyMap<string, string>;
  /** Variables that are no secret, with their values. */
  readonly settings: ReadonlyMap<string, string>;
  /** Variables that are mounted as files. */
  readonly secrets: readonly string[];
}

export interface Installation extends Place {
  readonly partners: readonly RenderedPartner[];
  readonly topics: readonly TopicSpec[];
}

/** A Service's name is a label of DNS, and the longest prefix is that of a worker. */
const NAME_MAX = 63 - 'ess-worker-'.length;
/** What Kubernetes takes of one ConfigMap, less what is around the texts. */
const CONFIG_BYTES_MAX = 1_000_000;
const REFERENCE = /\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * @param root folder of the connectors
 * @param given values of variables that are no secret: they win over those that are kept
 * @param kept win over the defaults in the connectors; those of variables that are gone hold no more
 * @throws EssError ESS_CONFIG for a connector that is wrong, ESS_USAGE for a value that no connector asks for
 */
export function readPartners(
  root: string,
  given: ReadonlyMap<string, string>,
  kept: ReadonlyMap<string, string>,
): RenderedPartner[] {
  const values = new Map([...kept, ...given]);
  const partners = listConnectors(root).map((name) => readPartner(root, name, values));
  const asked = new Set(partners.flatMap(({ settings }) => [...settings.keys()]));
  const strange = [...given.keys()].find((name) => !asked.has(name));
  if (strange === undefined) return partners;
  const holder = partners.find(({ secrets }) => secrets.includes(strange));
  throw new EssError(
    'ESS_USAGE',
    holder
      ? `--set ${strange}: this is a secret, as it has no default in ${holder.name}/${CONNECTOR_FILE} or is in its access: make it a key of the Secret ${partnerSecret(holder.name)}`
      : `--set ${strange}: no connector in ${root} has this variable; there are ${[...asked].join(', ')}`,
  );
}

/** The name of the Secret with what a partner's connector needs. */
export const partnerSecret = (partner: string): string => `ess-secrets-${partner}`;

function readPartner(root: string, name: string, given: ReadonlyMap<string, string>): RenderedPartner {
  if (name.length > NAME_MAX)
    throw new EssError(
      'ESS_CONFIG',
      `${root}/${name}: a name in Kubernetes holds ${NAME_MAX} characters of a partner; choose a shorter one`,
    );
  const options = { env: (variable: string) => given.get(variable), withoutEnv: true };
  const { connector, problems } = compilePartner(root, name, options);
  if (!connector)
    throw new EssError('ESS_CONFIG', `connector ${name} is invalid:\n  ${problems.map(formatProblem).join('\n  ')}`);
  const files = new Map([...readConnectorFolder(root, name).files].filter(([file]) => !file.includes('/')));
  const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > CONFIG_BYTES_MAX)
    throw new EssError(
      'ESS_CONFIG',
      `${root}/${name} has ${bytes} bytes, and a ConfigMap holds ${CONFIG_BYTES_MAX}; make its contract or its mappings smaller`,
    );
  return { name, connector, files, ...variablesOf(files.get(CONNECTOR_FILE) ?? '', given) };
}

/** An address has a default and is no secret; a hash of a key has one too, and belongs to the secrets all the same. */
function variablesOf(text: string, given: ReadonlyMap<string, string>): Pick<RenderedPartner, 'settings' | 'secrets'> {
  const { access, ...others } = (parse(text) ?? {}) as { access?: unknown };
  const settings = new Map<string, string>();
  const secrets = new Set<string>();
  for (const [, name = '', usual] of JSON.stringify(others).matchAll(REFERENCE)) {
    if (usual === undefined) secrets.add(name);
    else settings.set(name, settingValue(name, usual, given));
  }
  for (const [, name = ''] of JSON.stringify(access ?? {}).matchAll(REFERENCE)) secrets.add(name);
  for (const name of secrets) settings.delete(name);
  return { settings, secrets: [...secrets].sort() };
}

/** @throws EssError ESS_USAGE for what is no URL where the default is one */
function settingValue(name: string, usual: string, given: ReadonlyMap<string, string>): string {
  const value = given.get(name) ?? usual;
  const isHttp = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '');
  if (isHttp(usual) && !isHttp(value))
    throw new EssError('ESS_USAGE', `--set ${name}: must be an http or https URL, as its default ${usual} is`);
  return value;
}
