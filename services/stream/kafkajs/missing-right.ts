// What Kafka refuses is said with the right that is missing: kafkajs says that somebody is not authorized, and neither for what
// nor on what. Each request is known by the method of kafkajs's broker that sends it, and so is what Kafka asks for it.
import { createRequire } from 'node:module';
import type { Resource, Right } from '@ess/domain/access/right.ts';
import { CLUSTER, missingRights } from '@ess/domain/access/right.ts';
import type { KnowsUser } from '../login/login.ts';
import { errorOf } from '../wire/fetch-protocol.ts';

const inner = createRequire(import.meta.url);

const REFUSED: Readonly<Record<string, Resource>> = {
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  GROUP_AUTHORIZATION_FAILED: 'group',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional-id',
  CLUSTER_AUTHORIZATION_FAILED: 'cluster',
};
/** The same as numbers in an answer. */
const TOPIC_AUTHORIZATION_FAILED = 29;
const REFUSED_CODES: ReadonlySet<unknown> = new Set([TOPIC_AUTHORIZATION_FAILED, 30, 31, 53]);
/** What Kafka says of the other topics of a transaction, and kafkajs in place of the refusal when it comes before it. */
const NOT_ATTEMPTED = 'OPERATION_NOT_ATTEMPTED';

type Operations = Partial<Record<Resource, string>>;

const GROUP_READ: Operations = { group: 'Read' };
/** By method of kafkajs's broker. */
const ASKED: Readonly<Record<string, Operations>> = {
  metadata: { topic: 'Describe' },
  produce: { topic: 'Write', 'transactional-id': 'Write', cluster: 'IdempotentWrite' },
  fetch: { topic: 'Read' },
  listOffsets: { topic: 'Describe' },
  findGroupCoordinator: { group: 'Describe', 'transactional-id': 'Describe' },
  joinGroup: GROUP_READ,
  syncGroup: GROUP_READ,
  heartbeat: GROUP_READ,
  leaveGroup: GROUP_READ,
  offsetCommit: { group: 'Read', topic: 'Read' },
  offsetFetch: { group: 'Describe', topic: 'Describe' },
  describeGroups: { group: 'Describe' },
  listGroups: { cluster: 'Describe' },
  deleteGroups: { group: 'Delete' },
  initProducerId: { 'transactional-id': 'Write', cluster: 'IdempotentWrite' },
  addPartitionsToTxn: { 'transactional-id': 'Write', topic: 'Write' },
  addOffsetsToTxn: { 'transactional-id': 'Write', group: 'Read' },
  txnOffsetCommit: { 'transactional-id': 'Write', group: 'Read', topic: 'Read' },
  endTxn: { 'transactional-id': 'Write' },
  createTopics: { topic: 'Create', cluster: 'Create' },
  createPartitions: { topic: 'Alter' },
  deleteTopics: { topic: 'Delete' },
  describeConfigs: { topic: 'DescribeConfigs', cluster: 'DescribeConfigs' },
  alterConfigs: { topic: 'AlterConfigs', cluster: 'AlterConfigs' },
  describeAcls: { cluster: 'Describe' },
  createAcls: { cluster: 'Alter' },
  deleteAcls: { cluster: 'Alter' },
};

interface Refusal extends Error {
  readonly type?: string;
  /** The topics of the answer that were refused: not all that were asked for have to be. */
  refused?: readonly string[];
  /** Of a request to make topics: one for each topic. */
  readonly errors?: ReadonlyArray<Refusal & { readonly topic: string }>;
}

/** Whoever was asked, as kafkajs has them. */
export interface AskedBroker {
  readonly connectionPool: { readonly socketFactory?: Partial<KnowsUser> | undefined };
}
type Method = (this: AskedBroker, ...args: unknown[]) => Promise<unknown>;

/** The same for an error that did not come from a method of kafkajs's broker. @param broker that has answered @returns the error */
export function namedRefusal<E extends Error>(error: E, right: Right, broker: AskedBroker): E {
  if (REFUSED[(error as Refusal).type ?? ''] === right.resource) error.message = missingRights([right], userAt(broker));
  return error;
}

const userAt = ({ connectionPool }: AskedBroker): string | undefined => connectionPool.socketFactory?.user;

/** What was said last of a group or a transactional id that has no coordinator for us: kafkajs drops the error. */
const withoutCoordinator = new Map<string, Error>();

export const whyNoCoordinator = (id: string): Error | undefined => withoutCoordinator.get(id);

let isNamed = false;

/** From now on, in this thread, each refusal of Kafka names the right. */
export function nameMissingRights(): void {
  if (isNamed) return;
  isNamed = true;
  const { prototype } = inner('kafkajs/src/broker/index.js') as { prototype: Record<string, Method> };
  for (const [method, operations] of Object.entries(ASKED)) {
    const ask = prototype[method] as Method;
    prototype[method] = async function (...args) {
      try {
        const answer = await ask.apply(this, args);
        if (method === 'findGroupCoordinator') withoutCoordinator.delete(idIn(args[0]));
        return answer;
      } catch (error) {
        tellRight(error as Refusal, operations, args[0], userAt(this));
        if (method === 'findGroupCoordinator') withoutCoordinator.set(idIn(args[0]), error as Error);
        throw error;
      }
    };
  }
  const { prototype: connection } = inner('kafkajs/src/network/connection.js') as {
    prototype: { send(request: { response: Answer }): Promise<unknown> };
  };
  const { send } = connection;
  connection.send = function (request) {
    return send.call(this, { ...request, response: withRefused(request.response) });
  };
}

interface Answer {
  readonly decode: unknown;
  readonly parse: (decoded: unknown) => Promise<unknown>;
}

function withRefused(answer: Answer): Answer {
  return {
    ...answer,
    async parse(decoded) {
      try {
        return await answer.parse(decoded);
      } catch (error) {
        const { type = '' } = error as Refusal;
        const refused = REFUSED[type] || type === NOT_ATTEMPTED ? refusedIn(decoded) : [];
        const told = type === NOT_ATTEMPTED && refused.length > 0 ? errorOf(TOPIC_AUTHORIZATION_FAILED) : error;
        throw Object.assign(told as Refusal, { refused });
      }
    },
  };
}

function tellRight(error: Refusal, operations: Operations, asked: unknown, user: string | undefined): void {
  if (error.errors) {
    for (const one of error.errors) tellRight(one, operations, [one.topic], user);
    error.message = error.errors.map(({ message }) => message).join('; ');
  }
  const resource = REFUSED[error.type ?? ''];
  const operation = resource && operations[resource];
  if (!operation) return;
  const names = resource === 'cluster' ? [] : resource === 'topic' ? topicsOf(error, asked) : [idIn(asked)];
  error.message = missingRights(
    names.length === 0
      ? [{ resource, name: CLUSTER, operation }]
      : names.map((name) => ({ resource, name, operation })),
    user,
  );
}

function idIn(asked: unknown): string {
  const { transactionalId, groupId, groupIds } = Object(asked) as Record<string, unknown>;
  return String(transactionalId ?? groupId ?? groupIds ?? asked);
}

const topicsOf = ({ refused = [] }: Refusal, asked: unknown): readonly string[] =>
  refused.length > 0 ? refused : topicsIn(asked);

/** However a request carries the names of its topics. */
function topicsIn(asked: unknown): string[] {
  const named = Array.isArray(asked)
    ? asked
    : Object.values(Object(asked) as object)
        .filter(Array.isArray)
        .flat();
  return named.flatMap((one: unknown) => {
    if (typeof one === 'string') return [one];
    const { topic, name } = Object(one) as { topic?: unknown; name?: unknown };
    const found = topic ?? name;
    return typeof found === 'string' ? [found] : [];
  });
}

/** The topics that an answer, as kafkajs decodes it, has a refusal for: the code may stand at a topic or at its partitions. */
function refusedIn(decoded: unknown, topic?: string): string[] {
  if (Array.isArray(decoded)) return [...new Set(decoded.flatMap((one) => refusedIn(one, topic)))];
  if (typeof decoded !== 'object' || decoded === null || Buffer.isBuffer(decoded)) return [];
  const said = decoded as Record<string, unknown>;
  const name = [said['topic'], said['topicName'], said['resourceName'], topic].find((one) => typeof one === 'string');
  const isRefused = Object.entries(said).some(([key, value]) => /errorCode$/i.test(key) && REFUSED_CODES.has(value));
  if (isRefused && name !== undefined) return [name as string];
  return [...new Set(Object.values(said).flatMap((one) => refusedIn(one, name as string | undefined)))];
}
