// How a program shows Kafka who it is: its own user, by SCRAM over TLS. A patch for each Deployment, since a Kafka without users needs none.
import { because } from './reasoned-yaml.ts';
import type { Workload } from './workload.ts';

const FOLDER = '/etc/ess/kafka';
const MODE = 0o440;
/** The Secret with the authority of the brokers. */
export const KAFKA_CA = 'ess-kafka-ca';

/** A strategic merge patch of a Deployment. Strimzi makes Secrets of these very names. */
export function kafkaUserPatch({ name, programs }: Workload, namespace: string): object {
  const usersOf = programs.map(({ name: program, principal }) => ({ program, principal, volume: `kafka-${program}` }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      template: {
        spec: {
          containers: usersOf.map(({ program, principal, volume }) => ({
            name: program,
            env: [
              { name: 'KAFKA_SSL', value: 'true' },
              { name: 'KAFKA_SSL_CA_FILE', value: `${FOLDER}/ca/ca.crt` },
              { name: 'KAFKA_SASL_MECHANISM', value: 'scram-sha-512' },
              because('A user for each program: infra/access.yaml says what it may do.', {
                name: 'KAFKA_SASL_USERNAME',
                value: principal,
              }),
              { name: 'KAFKA_SASL_PASSWORD_FILE', value: `${FOLDER}/user/password` },
            ],
            volumeMounts: [
              { name: 'kafka-ca', mountPath: `${FOLDER}/ca`, readOnly: true },
              { name: volume, mountPath: `${FOLDER}/user`, readOnly: true },
            ],
          })),
          volumes: [
            {
              name: 'kafka-ca',
              secret: because('Its key: ca.crt. With Strimzi it is a copy of <cluster>-cluster-ca-cert.', {
                secretName: KAFKA_CA,
                defaultMode: MODE,
              }),
            },
            ...usersOf.map(({ principal, volume }) => ({
              name: volume,
              secret: because('Its key: password.', { secretName: principal, defaultMode: MODE }),
            })),
          ],
        },
      },
    },
  };
}
