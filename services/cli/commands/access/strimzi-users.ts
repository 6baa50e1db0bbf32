// Users and their rights as Strimzi has them (KafkaUser, kafka.strimzi.io/v1): its operator makes the user, its password and its ACLs.
import type { Grant, Resource } from '@ess/domain/access/right.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Parse } from '@ess/runtime/settings/setting.ts';
import type { AccessPlan } from '../../access-plan-file.ts';

const TYPES: Readonly<Record<Resource, string>> = {
  topic: 'topic',
  group: 'group',
  'transactional-id': 'transactionalId',
  cluster: 'cluster',
};

/** A label of DNS (RFC 1123). */
export const kubernetesName: Parse<string> = (text) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
    ? text
    : { wrong: `must be a name of Kubernetes, up to 63 of a-z, 0-9 and "-" (e.g. ess), is "${text}"` };

/** @param cluster name of the Kafka resource @throws EssError ESS_USAGE for a name that none can have */
export function kafkaUsers({ users, grants }: AccessPlan, cluster: string, namespace?: string): object[] {
  const named = kubernetesName(cluster);
  if (typeof named === 'object') throw new EssError('ESS_USAGE', `--cluster ${named.wrong}`);
  const ofUser = Map.groupBy(grants, ({ user }) => user);
  const labels = { 'strimzi.io/cluster': cluster };
  return users.map((name) =>
    userResource({ name, labels, ...(namespace !== undefined && { namespace }) }, ofUser.get(name) ?? []),
  );
}

const userResource = (metadata: object, grants: readonly Grant[]) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaUser',
  metadata,
  spec: {
    authentication: { type: 'scram-sha-512' },
    authorization: { type: 'simple', acls: aclsOf(grants) },
  },
});

/** One for each resource, with all of its operations. */
function aclsOf(grants: readonly Grant[]) {
  const byResource = Map.groupBy(grants, ({ resource, name, prefixed }) => `${resource} ${name} ${prefixed}`);
  return [...byResource.values()].map(([first, ...more]) => {
    const { resource, name, prefixed, operation } = first as Grant;
    return {
      resource:
        resource === 'cluster'
          ? { type: 'cluster' }
          : { type: TYPES[resource], name, patternType: prefixed ? 'prefix' : 'literal' },
      operations: [operation, ...more.map((grant) => grant.operation)],
    };
  });
}
