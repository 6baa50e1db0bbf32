// The JSON Schemas that manifests are validated against, without a cluster: Kubernetes' own, those of the operators' resources from
// their modules, and the little of Strimzi's that we use, since its own are in no registry of packages.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CACHE, goModule, have } from './tools.ts';

const KUBERNETES = '1.33.0';
const PACKAGE = 'kubernetes-validate==1.37.0';
/** Those that we render, as the package names them. */
const KINDS = [
  'namespace-v1',
  'configmap-v1',
  'service-v1',
  'deployment-apps-v1',
  'poddisruptionbudget-policy-v1',
  'networkpolicy-networking-v1',
  'horizontalpodautoscaler-autoscaling-v2',
];
const OPERATORS = [
  { module: 'github.com/kedacore/keda/v2', version: 'v2.17.2', folder: 'config/crd/bases' },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    folder: 'example/prometheus-operator-crd',
  },
];
const WANTED: ReadonlySet<string> = new Set(['ScaledObject', 'ServiceMonitor', 'PrometheusRule']);

/** Folders of the definitions of the operators' resources, as a cluster takes them in. @throws NotToBeHad */
export const definitionFolders = (): Promise<string[]> =>
  Promise.all(OPERATORS.map(async ({ module, version, folder }) => join(await goModule(module, version), folder)));

type Schema = Record<string, unknown>;

/** @returns where kubeconform finds them @throws NotToBeHad */
export async function schemaLocations(): Promise<string[]> {
  const own = join(CACHE, 'schemas', KUBERNETES);
  if (!existsSync(own)) await kubernetesSchemas(own);
  const operators = join(CACHE, 'schemas/operators');
  rmSync(operators, { recursive: true, force: true });
  for (const folder of await definitionFolders()) definitionsOf(folder, operators);
  for (const [kind, schema] of Object.entries(STRIMZI)) write(operators, 'kafka.strimzi.io', kind, 'v1', schema);
  return [
    `${own}/{{.ResourceKind}}{{.KindSuffix}}.json`,
    `${operators}/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`,
  ];
}

async function kubernetesSchemas(to: string): Promise<void> {
  const folder = join(CACHE, 'schemas/package');
  rmSync(folder, { recursive: true, force: true });
  await have('the schemas of Kubernetes', 'python3', [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--target',
    folder,
    PACKAGE,
  ]);
  const from = join(folder, `kubernetes_validate/kubernetes-json-schema/v${KUBERNETES}-local-strict`);
  // Each with all that it refers to: kubeconform follows no way from one file to another.
  const inside = (name: string) =>
    JSON.parse(readFileSync(join(from, name), 'utf8').replaceAll('/api/_definitions.json#', '#')) as Schema;
  const { $defs } = inside('_definitions.json');
  mkdirSync(to, { recursive: true });
  for (const kind of KINDS)
    writeFileSync(join(to, `${kind}.json`), JSON.stringify({ ...inside(`${kind}.json`), $defs }));
  rmSync(folder, { recursive: true });
}

interface Definition {
  readonly kind?: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: ReadonlyArray<{ readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }>;
  };
}

function definitionsOf(folder: string, to: string): void {
  for (const file of readdirSync(folder).filter((name) => /\.ya?ml$/.test(name))) {
    const definition = parse(readFileSync(join(folder, file), 'utf8')) as Definition;
    if (definition?.kind !== 'CustomResourceDefinition' || !WANTED.has(definition.spec.names.kind)) continue;
    for (const { name, schema } of definition.spec.versions)
      write(to, definition.spec.group, definition.spec.names.kind, name, strict(schema.openAPIV3Schema) as Schema);
  }
}

function write(to: string, group: string, kind: string, version: string, schema: Schema): void {
  mkdirSync(join(to, group), { recursive: true });
  writeFileSync(join(to, group, `${kind.toLowerCase()}_${version}.json`), JSON.stringify(schema));
}

/** A field that the API server would drop in silence is a mistake; `metadata` is looked at by Kubernetes itself. */
function strict(schema: unknown, name = ''): unknown {
  if (Array.isArray(schema)) return schema.map((one) => strict(one));
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value, key)])) as Schema;
  const isOpen = made['additionalProperties'] !== undefined || made['x-kubernetes-preserve-unknown-fields'] === true;
  const isMap = typeof made['properties'] === 'object' && name !== 'properties';
  return isMap && !isOpen ? { ...made, additionalProperties: false } : made;
}

const text = { type: 'string' };
const exactly = (properties: Schema, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const strimzi = (kind: string, spec: Schema): Schema =>
  exactly({ apiVersion: { const: 'kafka.strimzi.io/v1' }, kind: { const: kind }, metadata: { type: 'object' }, spec });
const STRIMZI = {
  KafkaTopic: strimzi(
    'KafkaTopic',
    exactly({
      topicName: text,
      partitions: { type: 'integer', minimum: 1 },
      replicas: { type: 'integer', minimum: 1 },
      config: { type: 'object', additionalProperties: text },
    }),
  ),
  KafkaUser: strimzi(
    'KafkaUser',
    exactly(
      {
        authentication: exactly({ type: { enum: ['scram-sha-512', 'tls'] } }),
        authorization: exactly({
          type: { const: 'simple' },
          acls: {
            type: 'array',
            items: exactly(
              {
                resource: exactly(
                  {
                    type: { enum: ['topic', 'group', 'cluster', 'transactionalId'] },
                    name: text,
                    patternType: { enum: ['literal', 'prefix'] },
                  },
                  ['type'],
                ),
                operations: { type: 'array', items: text, minItems: 1 },
                host: text,
                type: { enum: ['allow', 'deny'] },
              },
              ['resource', 'operations'],
            ),
          },
        }),
      },
      ['authentication'],
    ),
  ),
};
