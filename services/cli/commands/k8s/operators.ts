// What operators are told of an installation: KEDA how many workers a partner needs, Strimzi which topics there are, Prometheus what
// to ask and when to alert.

import type { TopicSpec } from '@ess/domain/values/topic-plan.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type { IPrometheusRule, IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { Installation, RenderedPartner } from './installation.ts';
import { because } from './reasoned-yaml.ts';
import { MONITORED } from './services.ts';
import { metadataOf } from './workload.ts';
import { workerName } from './workloads.ts';

type Trigger = IScaledObject['spec']['triggers'][number];

/** Of a source topic that infra/topics.yaml does not have. */
const USUAL_PARTITIONS = 12;

const partitionsOf = ({ connector }: RenderedPartner, { topics }: Installation): number =>
  topics.find(({ name }) => name === connector.source.topic)?.partitions ?? USUAL_PARTITIONS;

/** By the observer's own figure. */
export const scaledByNeed = (partner: RenderedPartner, place: Installation): IScaledObject =>
  scaledObject(partner, place, {
    type: 'prometheus',
    metadata: {
      serverAddress: place.prometheus,
      query: because(
        'The observer counts what one more worker could send now: not what is held, paused, or waits behind its own rule.',
        `max(ess_desired_workers{partner="${partner.name}"})`,
      ),
      threshold: because('The figure is a number of workers: one pod for each.', '1'),
      ignoreNullValues: because(
        'Without an observer nothing is known: that is an error, and the fallback holds, not a wish for no worker.',
        'false',
      ),
    },
  });

/** Where there is no Prometheus. */
export const scaledByLag = (partner: RenderedPartner, place: Installation): IScaledObject =>
  scaledObject(partner, place, {
    type: 'kafka',
    metadata: {
      bootstrapServers: place.brokers.join(','),
      consumerGroup: `ess.${partner.name}`,
      topic: partner.connector.source.topic,
      lagThreshold: because(
        'A fallback: the committed lag is not what could be sent. One slow rule pins the watermark and looks like a backlog; a partner that is held looks like one too.',
        '1000',
      ),
      excludePersistentLag: because(
        'It would hide the backlog of a partition that stands still, which is the one to be seen.',
        'false',
      ),
      allowIdleConsumers: 'false',
    },
  });

function scaledObject(partner: RenderedPartner, place: Installation, trigger: Trigger): IScaledObject {
  const name = workerName(partner.name);
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: metadataOf(name, place),
    spec: {
      scaleTargetRef: { name },
      pollingInterval: 15,
      minReplicaCount: because('The first record after a quiet time waits for no pod.', 1),
      maxReplicaCount: because(
        `The partitions of ${partner.connector.source.topic}: a worker more would have none.`,
        partitionsOf(partner, place),
      ),
      fallback: because('While the trigger cannot be asked, what runs goes on.', {
        failureThreshold: 3,
        replicas: 1,
        behavior: 'currentReplicasIfHigher',
      }),
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleDown: because('The observer has waited five minutes already. In one step: each step is a rebalance.', {
              stabilizationWindowSeconds: 0,
              policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
            }),
          },
        },
      },
      triggers: [trigger],
    },
  };
}

/** The little of Strimzi's KafkaTopic that we use. */
interface KafkaTopic {
  readonly apiVersion: 'kafka.strimzi.io/v1';
  readonly kind: 'KafkaTopic';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly spec: { topicName: string; partitions: number; replicas: number; config: Record<string, string> };
}

export function kafkaTopicOf({ name, partitions, replication, config }: TopicSpec, place: Installation): KafkaTopic {
  const grown =
    name === RULES_TOPIC
      ? because(
          'Never raised here first: a rule would go on in another partition while its older versions still wait. "ess topics grow" does it in order; raise this number after it.',
          partitions,
        )
      : partitions;
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: {
      name: name.toLowerCase(),
      namespace: place.namespace,
      labels: { 'strimzi.io/cluster': place.cluster, 'app.kubernetes.io/part-of': 'ess' },
    },
    spec: { topicName: name, partitions: grown, replicas: replication, config: { ...config } },
  };
}

export function serviceMonitorOf({ namespace }: Installation): IServiceMonitor {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'ess', namespace, labels: { 'app.kubernetes.io/part-of': 'ess' } },
    spec: {
      jobLabel: because('Alerts and dashboards look for the job "ess".', 'app.kubernetes.io/part-of'),
      selector: { matchLabels: MONITORED },
      endpoints: ['worker', 'bridge', 'inbound', 'observer', 'console'].map((program) => ({
        port: `admin-${program}`,
        interval: '15s',
      })),
    },
  };
}

/** @param alerts infra/prometheus/alerts.yaml, parsed */
export function prometheusRuleOf(alerts: object, { namespace }: Installation): IPrometheusRule {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'ess', namespace, labels: { 'app.kubernetes.io/part-of': 'ess' } },
    spec: alerts as NonNullable<IPrometheusRule['spec']>,
  };
}
