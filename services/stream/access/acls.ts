// The rights that Kafka has on record (ACLs): read, granted, taken away.
import type { Grant, Resource } from '@ess/domain/access/right.ts';
import type { Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import { withAdmin } from '../kafkajs/admin.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const RESOURCE: Readonly<Record<Resource, number>> = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
};
const ANY_HOST = '*';

/** @throws kafkajs's error CLUSTER_AUTHORIZATION_FAILED: whoever asks needs Describe on the cluster */
export async function readGrants(kafka: Kafka): Promise<Grant[]> {
  const { resources } = await withAdmin(kafka, (admin) =>
    admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ALLOW,
    } as never),
  );
  return resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) => {
    const resource = (Object.keys(RESOURCE) as Resource[]).find((one) => RESOURCE[one] === resourceType);
    if (resource === undefined) return [];
    const prefixed = resourcePatternType === ResourcePatternTypes.PREFIXED;
    return acls.map(({ principal, operation }) => ({
      user: principal.replace(/^User:/, ''),
      resource,
      name: resourceName,
      operation: operationName(operation),
      prefixed,
    }));
  });
}

/** What is there already stays. @throws kafkajs's error CLUSTER_AUTHORIZATION_FAILED: it takes Alter on the cluster */
export async function grant(kafka: Kafka, grants: readonly Grant[]): Promise<void> {
  if (grants.length > 0) await withAdmin(kafka, (admin) => admin.createAcls({ acl: grants.map(aclOf) as never }));
}

export async function revoke(kafka: Kafka, grants: readonly Grant[]): Promise<void> {
  if (grants.length > 0) await withAdmin(kafka, (admin) => admin.deleteAcls({ filters: grants.map(aclOf) as never }));
}

const aclOf = ({ user, resource, name, operation, prefixed }: Grant) => ({
  resourceType: RESOURCE[resource],
  resourceName: name,
  resourcePatternType: prefixed ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  principal: `User:${user}`,
  host: ANY_HOST,
  operation: AclOperationTypes[operation.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase() as 'READ'],
  permissionType: AclPermissionTypes.ALLOW,
});

/** DESCRIBE_CONFIGS is DescribeConfigs in Kafka's tools. */
function operationName(operation: number): string {
  const [name = String(operation)] = Object.entries(AclOperationTypes).find(([, number]) => number === operation) ?? [];
  return name.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
