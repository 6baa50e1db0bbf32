// A right at Kafka, as data: what `ess access` grants and compares, and what is told when one is missing.

export type Resource = 'topic' | 'group' | 'transactional-id' | 'cluster';

export interface Right {
  readonly resource: Resource;
  /** `kafka-cluster` for the cluster. */
  readonly name: string;
  /** As Kafka's own tools write it, e.g. DescribeConfigs. */
  readonly operation: string;
}

/** A right of somebody. */
export interface Grant extends Right {
  /** Without `User:`. */
  readonly user: string;
  /** Everything whose name begins so. */
  readonly prefixed: boolean;
}

/** Kafka's only name of it. */
export const CLUSTER = 'kafka-cluster';

export const shownRight = ({ resource, name, operation, prefixed = false }: Right & { prefixed?: boolean }): string =>
  resource === 'cluster' ? `${operation} on the cluster` : `${operation} on ${resource} ${name}${prefixed ? '*' : ''}`;

export const grantKey = (grant: Grant): string => `${grant.user} ${shownRight(grant)}`;

/** As it is told: what is missing, to whom, and how it comes to be. */
export const missingRights = (rights: readonly Right[], user = 'this program'): string =>
  `Kafka refuses ${user} the right ${rights.map(toldRight).join(', ')}: ${rights.some(isForGranting) ? 'do this as an administrator of Kafka' : 'grant it with "ess access apply"'}`;

/** Whoever has it can give everything to everybody: the plan gives it to nobody. */
const isForGranting = ({ resource, operation }: Right): boolean => resource === 'cluster' && operation === 'Alter';

/** Kafka asks for Describe first: whoever may not do the rest is mostly refused that. And whoever may write anywhere gets a producer id. */
function toldRight(right: Right): string {
  const included =
    right.resource === 'cluster'
      ? { IdempotentWrite: 'Write on any topic includes' }
      : { Describe: 'Read and Write include' };
  const by = (included as Readonly<Record<string, string>>)[right.operation];
  return `${shownRight(right)}${by === undefined ? '' : ` (${by} it)`}`;
}
