// Topics and the stream as an AsyncAPI 3 document. Which topics is up to who asks: outside there is the public one, and no
// partner is named; inside (admin listener) there are all.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { credentialSchemes } from './credential-schemes.ts';
import { BUSY_EVENT, CLIENT, CURSOR, DOCUMENT, GAP_EVENT } from './event-schemas.ts';

type Schema = Record<string, unknown>;

export interface DescribedTopic {
  readonly topic: string;
  readonly schema: AvroSchemaJson;
  /** False: others write it, and ESS reads. */
  readonly written: boolean;
}

export interface AsyncApiParts {
  readonly topics: readonly DescribedTopic[];
  readonly tokens: boolean;
}

const AVRO = 'application/vnd.apache.avro+json;version=1.9.0';
const ref = (...steps: string[]): Schema => ({ $ref: `#/${steps.join('/')}` });

export function asyncApi({ topics, tokens }: AsyncApiParts): Schema {
  const schemes = httpSchemes(tokens);
  const anyOf = (names: object) => Object.keys(names).map((name) => ref('components', 'securitySchemes', name));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'ESS',
      version: '1.0.0',
      description: 'Published rules: as server-sent events for everybody, as Kafka topics for who has a Kafka client.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      bridge: {
        host: '{bridge}',
        protocol: 'https',
        description: 'Where this document was read.',
        variables: { bridge: { description: 'Host and port.' } },
        security: anyOf(schemes),
      },
      kafka: {
        host: '{broker}',
        protocol: 'kafka-secure',
        description: 'Brokers and access are given by the agency.',
        variables: { broker: { description: 'Host and port of a broker.' } },
        security: anyOf(KAFKA_SCHEMES),
      },
    },
    channels: {
      stream: streamChannel(),
      ...Object.fromEntries(topics.map((topic) => [topic.topic, topicChannel(topic)])),
    },
    operations: {
      sendStream: {
        action: 'send',
        channel: ref('channels', 'stream'),
        summary: 'The rules of your scope as server-sent events, from the place that you name',
        bindings: { http: { method: 'GET', query: STREAM_QUERY, bindingVersion: '0.3.0' } },
      },
      ...Object.fromEntries(
        topics.map(({ topic, written }) => [
          `${written ? 'send' : 'receive'}-${topic}`,
          { action: written ? 'send' : 'receive', channel: ref('channels', topic) },
        ]),
      ),
    },
    components: { securitySchemes: { ...schemes, ...KAFKA_SCHEMES } },
  };
}

const KAFKA_SCHEMES: Schema = {
  kafkaPassword: { type: 'userPassword', description: 'SASL, where the agency has agreed on it.' },
  kafkaCertificate: { type: 'X509', description: 'A client certificate, where the agency has agreed on it.' },
};

/** What OpenAPI calls an apiKey is an httpApiKey here. */
const httpSchemes = (tokens: boolean): Schema =>
  Object.fromEntries(
    Object.entries(credentialSchemes(tokens)).map(([name, scheme]) => [
      name,
      scheme['type'] === 'apiKey' ? { ...scheme, type: 'httpApiKey' } : scheme,
    ]),
  );

const STREAM_QUERY: Schema = {
  type: 'object',
  properties: {
    cursor: CURSOR,
    client: CLIENT,
    since: {
      type: ['string', 'integer'],
      description: 'Milliseconds since 1970, or ISO 8601; without a zone it is UTC.',
    },
  },
};

function streamChannel(): Schema {
  const id = { id: { ...CURSOR, description: 'Of the event: where to go on from, as Last-Event-ID.' } };
  const event = (name: string): Schema => ({ event: { const: name } });
  const headers = (properties: Schema): Schema => ({ type: 'object', properties });
  return {
    address: '/stream',
    title: 'Stream',
    description:
      'Server-sent events. `id` and `event` are told as headers here. Ids also come without data, and a comment every 15 seconds.',
    servers: [ref('servers', 'bridge')],
    messages: {
      rule: { title: 'A rule of your scope', headers: headers(id), payload: DOCUMENT },
      gap: {
        name: 'ess.gap',
        title: 'Lost to retention, a topic made anew, or a cursor that is too old to be read',
        headers: headers({ ...id, ...event('ess.gap') }),
        payload: GAP_EVENT,
      },
      busy: { name: 'ess.busy', title: 'Come back later', headers: headers(event('ess.busy')), payload: BUSY_EVENT },
    },
  };
}

function topicChannel({ topic, schema }: DescribedTopic): Schema {
  const { name, doc } = schema as { readonly name?: string; readonly doc?: string };
  return {
    address: topic,
    ...(doc !== undefined && { description: doc }),
    servers: [ref('servers', 'kafka')],
    messages: {
      [name ?? 'value']: {
        ...(name !== undefined && { name }),
        contentType: 'application/vnd.apache.avro',
        payload: { schemaFormat: AVRO, schema },
        bindings: {
          kafka: {
            key: { type: 'string' },
            schemaIdLocation: 'payload',
            schemaIdPayloadEncoding: 'confluent',
            bindingVersion: '0.5.0',
          },
        },
      },
    },
    bindings: { kafka: { topic, bindingVersion: '0.5.0' } },
  };
}
