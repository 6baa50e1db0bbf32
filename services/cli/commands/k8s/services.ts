// How a program's pods are found, how many may be away at once, and how those behind a Service are scaled.
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IService } from 'kubernetes-models/v1';
import type { Installation } from './installation.ts';
import { because } from './reasoned-yaml.ts';
import type { Workload } from './workload.ts';
import { labelsOf, metadataOf, selectorOf } from './workload.ts';

/** What the ServiceMonitor looks for: a public Service has no admin port. */
export const MONITORED = { 'ess/monitored': 'true' };

export function adminServiceOf({ name, programs, isServed }: Workload, { namespace }: Installation): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: isServed ? `${name}-admin` : name, namespace, labels: { ...labelsOf(name), ...MONITORED } },
    spec: {
      clusterIP: because('Each pod is asked for its own metrics, so there is nothing to spread.', 'None'),
      publishNotReadyAddresses: because('A program that is not ready has metrics that say why.', true),
      selector: selectorOf(name),
      ports: programs.map(({ name: program, adminPort }) => ({
        name: `admin-${program}`,
        port: adminPort,
        targetPort: `admin-${program}`,
      })),
    },
  };
}

export function publicServiceOf({ name, programs }: Workload, place: Installation): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(name, place),
    spec: {
      type: because(
        'An Ingress, a Gateway or a load balancer that ends TLS comes before it. No session affinity: cursors and idempotency keys are good at every pod.',
        'ClusterIP',
      ),
      selector: selectorOf(name),
      ports: programs.flatMap(({ port }) => (port === undefined ? [] : [{ name: 'http', port, targetPort: 'http' }])),
    },
  };
}

export function disruptionBudgetOf({ name }: Workload, place: Installation): IPodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(name, place),
    spec: {
      maxUnavailable: because(
        'A drain takes one pod after the other: each costs its group a rebalance. A single pod may go too.',
        1,
      ),
      unhealthyPodEvictionPolicy: because(
        'A pod that is not ready, e.g. since Kafka is away, must not keep a node from being drained.',
        'AlwaysAllow',
      ),
      selector: { matchLabels: selectorOf(name) },
    },
  };
}

export function autoscalerOf({ name }: Workload, place: Installation): IHorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(name, place),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: because('One may go away, in a rollout or with its node, while the other answers.', 2),
      maxReplicas: 6,
      metrics: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            target: because('Of the request: what partners ask for shows in CPU first.', {
              type: 'Utilization',
              averageUtilization: 300,
            }),
          },
        },
      ],
      behavior: {
        scaleDown: because(
          'Clients of a pod that goes come back at the others all at once: seldom, and one pod at a time.',
          {
            stabilizationWindowSeconds: 600,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }],
          },
        ),
      },
    },
  };
}
