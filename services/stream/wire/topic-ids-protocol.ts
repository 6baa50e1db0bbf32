// Kafka's Metadata request, version 10, which names the ids of topics: a topic that is deleted and created again has another one.
// kafkajs speaks versions without ids. This one is encoded in Kafka's compact form: lengths are varints, one more than they
// say, and every structure ends with its tagged fields.
//   throttle, [node, host, port, rack], cluster, controller, [error, topic, id, internal, [partition], operations], operations
import { Compact, varint } from './compact.ts';
import { encoded } from './kafkajs-encoder.ts';

export interface TopicIdsRequest {
  readonly request: object;
  readonly response: {
    decode(answer: Buffer): Promise<object>;
    parse(decoded: object): Promise<TopicIdsAnswer>;
  };
}

export interface TopicIdsAnswer {
  readonly clusterId: string;
  /** Null for a topic that there is not; one without an id is not in it. */
  readonly ids: ReadonlyMap<string, string | null>;
}

export const METADATA = 3;
/** The first version whose answer names the ids. */
export const METADATA_WITH_IDS = 10;
const UNKNOWN_TOPIC = 3;
const NO_TAGS = 0;
const UUID_BYTES = 16;
const NONE = Buffer.alloc(UUID_BYTES);

/** The answer: by topic, its id in base64url. */
export function topicIdsRequest(topics: readonly string[]): TopicIdsRequest {
  return {
    request: {
      apiKey: METADATA,
      apiVersion: METADATA_WITH_IDS,
      apiName: 'Metadata',
      encode: async () => encoded(encodeTopics(topics)),
    },
    response: {
      decode: async (answer) => ({ clientSideThrottleTime: 0, ...decodeTopicIds(answer) }),
      parse: async (decoded) => decoded as TopicIdsAnswer,
    },
  };
}

/** The first byte ends the header of the request: kafkajs writes the older one, which has no tagged fields. */
function encodeTopics(topics: readonly string[]): Buffer {
  const named = topics.map((topic) => {
    const name = Buffer.from(topic);
    return Buffer.concat([NONE, varint(name.length + 1), name, Buffer.of(NO_TAGS)]);
  });
  const flags = Buffer.of(0, 0, 0); // creates no topic; no operations are asked for
  return Buffer.concat([Buffer.of(NO_TAGS), varint(topics.length + 1), ...named, flags, Buffer.of(NO_TAGS)]);
}

export function decodeTopicIds(answer: Buffer): TopicIdsAnswer {
  const ids = new Map<string, string | null>();
  const from = new Compact(answer);
  from.tags(); // of the header
  from.skip(4);
  from.each(() => {
    from.skip(4);
    from.bytes();
    from.skip(4);
    from.bytes();
    from.tags();
  });
  const clusterId = from.bytes().toString();
  from.skip(4);
  from.each(() => {
    const error = from.take(2).readInt16BE();
    const topic = from.bytes().toString();
    const id = from.take(UUID_BYTES);
    from.skip(1);
    from.each(() => {
      from.skip(2 + 4 + 4 + 4);
      for (let replicas = 0; replicas < 3; replicas += 1) from.each(() => from.skip(4));
      from.tags();
    });
    from.skip(4);
    from.tags();
    if (error === UNKNOWN_TOPIC) ids.set(topic, null);
    if (error === 0 && !id.equals(NONE)) ids.set(topic, id.toString('base64url'));
  });
  return { clusterId, ids };
}
