// What every Deployment of ESS has: programs as containers of one pod, connectors and secrets as mounted files, probes, grace, bounds.
import { SETTINGS } from '@ess/runtime/settings/settings-table.ts';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { Installation, RenderedPartner } from './installation.ts';
import { partnerSecret } from './installation.ts';
import { because } from './reasoned-yaml.ts';

/** A program of ESS as a container. */
export interface RenderedProgram {
  readonly name: 'worker' | 'bridge' | 'inbound' | 'observer' | 'console';
  readonly args: string[];
  readonly adminPort: number;
  /** Which partners reach. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly memory: { readonly usual: string; readonly most: string };
  /** Its user in Kafka. */
  readonly principal: string;
  /** It sends to partners or lets them in, and so has their secrets. */
  readonly hasSecrets: boolean;
  /** A folder that it writes into; lost with the pod. */
  readonly scratch?: string;
}

export interface Workload {
  readonly name: string;
  readonly partners: readonly RenderedPartner[];
  readonly programs: readonly RenderedProgram[];
  /** How long a stop may take, s. */
  readonly graceSeconds: number;
  readonly graceReason: string;
  /** Absent: one at first, and then as many as whoever scales it wants; a number here would be set again by each apply. */
  readonly replicas?: number;
  readonly strategy: NonNullable<NonNullable<IDeployment['spec']>['strategy']>;
  /** Behind a Service: what is under way to it when it stops. */
  readonly isServed: boolean;
}

const CONNECTORS = '/etc/ess/connectors';
const SECRETS = '/etc/ess/secrets';
export const CURSOR_KEYS = 'ess-cursor-keys';
export const SETTINGS_MAP = 'ess-settings';
/** Of the user `node` in the image. */
const UID = 1000;
/** The owner and the group of a file may read it: 0440. */
const MODE = 0o440;
/** A Service goes on sending to a pod for a moment after the pod was told to stop. */
export const SERVED_ON_SECONDS = 5;

export const defaultPort = (name: keyof typeof SETTINGS): number =>
  Number((SETTINGS[name] as { default?: string }).default);

/** @param name of the Deployment: what selects its pods is the same */
export const labelsOf = (name: string): Record<string, string> => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'ess',
});

export const metadataOf = (name: string, { namespace }: Installation) => ({ name, namespace, labels: labelsOf(name) });

export const selectorOf = (name: string): Record<string, string> => ({ 'app.kubernetes.io/name': name });

export function deploymentOf(workload: Workload, place: Installation): IDeployment {
  const { name, partners, programs, replicas, strategy, graceSeconds, graceReason } = workload;
  const secrets = programs.some(({ hasSecrets }) => hasSecrets);
  const scratch = programs.find((program) => program.scratch !== undefined)?.scratch;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(name, place),
    spec: {
      ...(replicas !== undefined && { replicas }),
      selector: { matchLabels: selectorOf(name) },
      strategy,
      template: {
        metadata: { labels: labelsOf(name) },
        spec: {
          automountServiceAccountToken: because('No program of ESS asks Kubernetes for anything.', false),
          enableServiceLinks: because(
            'Variables that Kubernetes makes of Services are not read, and could be taken for settings.',
            false,
          ),
          terminationGracePeriodSeconds: because(graceReason, graceSeconds),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: because('Of the user in the image: a number shows Kubernetes that it is not root.', UID),
            fsGroup: because('Secrets are files that this group may read.', UID),
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: because('A pod on a node with others is better than none.', 'ScheduleAnyway'),
              labelSelector: { matchLabels: selectorOf(name) },
            },
          ],
          containers: programs.map((program) => containerOf(program, workload, place)),
          volumes: [
            ...partners.map((partner) => ({
              name: `connector-${partner.name}`,
              configMap: { name: `ess-connectors-${partner.name}` },
            })),
            ...(secrets
              ? [{ name: 'secrets', projected: { defaultMode: MODE, sources: secretSources(partners) } }]
              : []),
            ...(scratch === undefined
              ? []
              : [
                  {
                    name: 'scratch',
                    emptyDir: because('What is lost with the pod is read from Kafka again.', { sizeLimit: '4Gi' }),
                  },
                ]),
          ],
        },
      },
    },
  };
}

function secretSources(partners: readonly RenderedPartner[]) {
  return [
    ...partners
      .filter(({ secrets }) => secrets.length > 0)
      .map(({ name, secrets }) => ({
        secret: because(`Its keys: ${secrets.join(', ')}.`, { name: partnerSecret(name) }),
      })),
    { secret: because('Its key: ESS_CURSOR_KEYS. All bridges and workers have the same.', { name: CURSOR_KEYS }) },
  ];
}

function containerOf(program: RenderedProgram, { partners, isServed }: Workload, place: Installation) {
  const { name, args, adminPort, port, memory, hasSecrets, scratch } = program;
  return {
    name,
    image: place.image,
    args,
    envFrom: [
      {
        configMapRef: because('Of all programs; a change of it takes effect with the next rollout.', {
          name: SETTINGS_MAP,
        }),
      },
    ],
    env: environmentOf(program, partners),
    ports: [
      ...(port === undefined ? [] : [{ name: 'http', containerPort: port }]),
      { name: `admin-${name}`, containerPort: adminPort },
    ],
    livenessProbe: {
      httpGet: because(
        'A program that waits for Kafka is well: this fails only when it can never go on, and so needs no startup probe.',
        { path: '/livez', port: `admin-${name}` },
      ),
      periodSeconds: 10,
      timeoutSeconds: because('On a busy node an answer takes its time; a needless restart costs a rebalance.', 5),
      failureThreshold: 6,
    },
    readinessProbe: {
      httpGet: because(READY[name], { path: '/readyz', port: `admin-${name}` }),
      periodSeconds: 3,
      timeoutSeconds: 5,
    },
    ...(isServed && {
      lifecycle: {
        preStop: because(
          'Services send to a pod for a moment after it was told to stop: it goes on answering so long.',
          {
            sleep: { seconds: SERVED_ON_SECONDS },
          },
        ),
      },
    }),
    resources: {
      requests: { cpu: '100m', memory: memory.usual },
      limits: because('No limit of CPU: a throttled worker misses heartbeats, and its partitions move.', {
        memory: memory.most,
      }),
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      ...partners.map((partner) => ({
        name: `connector-${partner.name}`,
        mountPath: `${CONNECTORS}/${partner.name}`,
        readOnly: true,
      })),
      ...(hasSecrets ? [{ name: 'secrets', mountPath: SECRETS, readOnly: true }] : []),
      ...(scratch === undefined ? [] : [{ name: 'scratch', mountPath: scratch }]),
    ],
  };
}

/** What each means by ready. */
const READY = {
  worker:
    'Ready: it has joined its group and its first commit has landed, also without a partition of its own, and while its partner is held. Catching up is a metric: else a rollout would wait for a partner that is down.',
  bridge: 'Ready: Kafka and the registry have answered, and live rules are followed.',
  inbound: 'Ready: the idempotency keys of the window have been read back, so that nothing is published twice.',
  observer: 'Ready: the view is there.',
  console: 'Ready: the view is there.',
} as const satisfies Record<RenderedProgram['name'], string>;

const WHY_FILES =
  'Secrets are files: a changed Secret takes effect within about a minute, without a restart, and is in no environment.';

function environmentOf(program: RenderedProgram, partners: readonly RenderedPartner[]) {
  const value = (name: string, text: string) => ({ name, value: text });
  const file = (name: string) => value(`${name}_FILE`, `${SECRETS}/${name}`);
  const settings = partners.flatMap((partner) => [...partner.settings]).map(([name, text]) => value(name, text));
  const secrets = program.hasSecrets ? [...partners.flatMap((partner) => partner.secrets), 'ESS_CURSOR_KEYS'] : [];
  return [
    value('ESS_CONNECTORS', CONNECTORS),
    because(
      'The kubelet and Prometheus come by the address of the pod, which the listener answers.',
      value('ESS_ADMIN_HOST', '0.0.0.0'),
    ),
    ...Object.entries(program.env ?? {}).map(([name, text]) => value(name, text)),
    ...settings,
    ...secrets.map((name, at) => (at === 0 ? because(WHY_FILES, file(name)) : file(name))),
  ];
}
