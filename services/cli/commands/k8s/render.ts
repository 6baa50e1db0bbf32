// Every file of infra/k8s, by its path there:
//   base        what each Kubernetes takes                     components  what may be added to it, each by itself
//   overlays    plain | secured | strimzi | keda | monitoring: the base with what it needs, to be applied as it is or to begin from
import type { Installation, RenderedPartner } from './installation.ts';
import { partnerSecret } from './installation.ts';
import { networkPolicyOf } from './network-policy.ts';
import { kafkaTopicOf, prometheusRuleOf, scaledByLag, scaledByNeed, serviceMonitorOf } from './operators.ts';
import { because, reasonedYaml } from './reasoned-yaml.ts';
import { KAFKA_CA, kafkaUserPatch } from './secured-kafka.ts';
import { adminServiceOf, autoscalerOf, disruptionBudgetOf, publicServiceOf } from './services.ts';
import type { Workload } from './workload.ts';
import { CURSOR_KEYS, deploymentOf, SETTINGS_MAP } from './workload.ts';
import { observerOf, servedOf, workerOf } from './workloads.ts';

export const MADE =
  'Made by "ess k8s render" from connectors/, infra/topics.yaml and infra/access.yaml: what is changed here is lost with the next.';
const HEAD = [
  MADE,
  'What is another way at your place goes into a kustomization of your own that has this one as its base.',
];
const KUSTOMIZE = 'kustomize.config.k8s.io';

/** @param alerts infra/prometheus/alerts.yaml, parsed @param users those that infra/access.yaml gives rights, as Strimzi has them */
export function renderAll(place: Installation, alerts: object, users: readonly object[]): Map<string, string> {
  const workloads = workloadsOf(place);
  const delivering = place.partners.filter(({ connector }) => connector.deliver !== undefined);
  const base = new Map<string, readonly object[]>([
    ['settings.yaml', [namespaceOf(place), settingsOf(place)]],
    ...place.partners.map((partner) => [`connectors/${partner.name}.yaml`, [configMapOf(partner, place)]] as const),
    ...workloads.map((workload) => [`${workload.name}.yaml`, allOf(workload, place)] as const),
  ]);
  const keda = (scaled: typeof scaledByNeed) =>
    component(delivering.map((partner) => [`${partner.name}.yaml`, [scaled(partner, place)]] as const));
  const components = {
    'kafka-users': component([], {
      patches: workloads.map((workload) => ({ path: `${workload.name}.yaml` })),
    }),
    strimzi: component([
      ['topics.yaml', place.topics.map((topic) => kafkaTopicOf(topic, place))],
      ...(users.length > 0 ? [['users.yaml', users] as const] : []),
    ]),
    keda: keda(scaledByNeed),
    'keda-kafka': keda(scaledByLag),
    monitoring: component([
      ['service-monitor.yaml', [serviceMonitorOf(place)]],
      ['alerts.yaml', [prometheusRuleOf(alerts, place)]],
    ]),
  };
  for (const workload of workloads)
    components['kafka-users'].set(`${workload.name}.yaml`, [kafkaUserPatch(workload, place.namespace)]);
  const files = [
    ...inFolder('base', new Map([...base, kustomization('Kustomization', { resources: [...base.keys()] })])),
    ...Object.entries(components).flatMap(([name, made]) => inFolder(`components/${name}`, made)),
    ...Object.entries(OVERLAYS).flatMap(([name, { reason, uses }]) =>
      inFolder(`overlays/${name}`, overlay(reason, uses)),
    ),
  ];
  return new Map(files.map(([path, resources]) => [path, reasonedYaml(HEAD, resources)]));
}

function workloadsOf(place: Installation): Workload[] {
  const workers = place.partners.flatMap((partner) => workerOf(partner) ?? []);
  const served = (['bridge', 'inbound'] as const).flatMap((name) => servedOf(name, place) ?? []);
  return [...workers, ...served, observerOf(place)];
}

/** What whoever applies the manifests has to make first: names of Secrets, with their keys. */
export interface NeededSecrets {
  readonly always: ReadonlyMap<string, readonly string[]>;
  /** Beside them, where Kafka has users. */
  readonly users: ReadonlyMap<string, readonly string[]>;
}

export function neededSecrets(place: Installation): NeededSecrets {
  const programs = workloadsOf(place).flatMap((workload) => workload.programs);
  const partners = place.partners.filter(({ secrets }) => secrets.length > 0);
  return {
    always: new Map([
      [CURSOR_KEYS, ['ESS_CURSOR_KEYS']],
      ...partners.map(({ name, secrets }) => [partnerSecret(name), secrets] as const),
    ]),
    users: new Map<string, readonly string[]>([
      [KAFKA_CA, ['ca.crt']],
      ...programs.map(({ principal }) => [principal, ['password']] as const),
    ]),
  };
}

const OVERLAYS = {
  plain: {
    reason: 'No operator is needed: Kafka is anywhere, without users; topics come from "ess topics apply".',
    uses: [],
  },
  secured: {
    reason: 'Kafka with TLS and users: each program comes as its own, whose password is in a Secret that you make.',
    uses: ['kafka-users'],
  },
  strimzi: {
    reason: 'Kafka under Strimzi: topics and users are its resources, each program has its own user.',
    uses: ['kafka-users', 'strimzi'],
  },
  keda: {
    reason: 'Workers are scaled by KEDA. Without Prometheus: components/keda-kafka instead of keda.',
    uses: ['keda', 'monitoring'],
  },
  monitoring: { reason: 'Metrics and alerts for the Prometheus operator.', uses: ['monitoring'] },
} as const;

type Made = Map<string, readonly object[]>;

function component(files: ReadonlyArray<readonly [string, readonly object[]]>, more: object = {}): Made {
  const resources = files.map(([name]) => name);
  return new Map([...files, kustomization('Component', { ...(resources.length > 0 && { resources }), ...more })]);
}

const overlay = (reason: string, uses: readonly string[]): Made =>
  new Map([
    kustomization('Kustomization', {
      resources: because(reason, ['../../base']),
      ...(uses.length > 0 && { components: uses.map((name) => `../../components/${name}`) }),
    }),
  ]);

const kustomization = (kind: 'Kustomization' | 'Component', fields: object) =>
  [
    'kustomization.yaml',
    [{ apiVersion: `${KUSTOMIZE}/${kind === 'Component' ? 'v1alpha1' : 'v1beta1'}`, kind, ...fields }],
  ] as const;

const inFolder = (folder: string, files: Made) =>
  [...files].map(([name, resources]) => [`${folder}/${name}`, resources] as const);

function allOf(workload: Workload, place: Installation): object[] {
  return [
    deploymentOf(workload, place),
    disruptionBudgetOf(workload, place),
    networkPolicyOf(workload, place),
    adminServiceOf(workload, place),
    ...(workload.isServed ? [publicServiceOf(workload, place), autoscalerOf(workload, place)] : []),
  ];
}

const namespaceOf = ({ namespace }: Installation): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespace,
    labels: because('Kubernetes refuses a pod that could do more than ours need.', {
      'pod-security.kubernetes.io/enforce': 'restricted',
    }),
  },
});

const settingsOf = ({ namespace, brokers, registry }: Installation): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: SETTINGS_MAP, namespace },
  data: because('Settings of all programs; "ess config" lists what there is. No secret belongs here.', {
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registry,
  }),
});

const configMapOf = ({ name, files }: RenderedPartner, { namespace }: Installation): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: because(
    'The name stays the same when the content changes: programs see the change within about a minute and take it up without a restart. One that is not valid is told, and the last good one stays.',
    { name: `ess-connectors-${name}`, namespace },
  ),
  data: Object.fromEntries(files),
});
