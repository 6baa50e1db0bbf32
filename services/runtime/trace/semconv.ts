// Names of the semantic conventions of OpenTelemetry that our spans use, as of version 1.44. Those of HTTP are stable; those of
// messaging are still in development there, so they may change with a later version. Written out here, as OpenTelemetry advises for
// what is in development: the package that has them is a megabyte that nobody needs who exports nothing.

/** What the names below are of; collectors translate between versions by it. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0';

export const ATTR = {
  // HTTP spans: opentelemetry.io/docs/specs/semconv/http/http-spans (stable)
  ERROR_TYPE: 'error.type',
  HTTP_REQUEST_METHOD: 'http.request.method',
  HTTP_REQUEST_RESEND_COUNT: 'http.request.resend_count',
  HTTP_RESPONSE_STATUS_CODE: 'http.response.status_code',
  HTTP_ROUTE: 'http.route',
  SERVER_ADDRESS: 'server.address',
  SERVER_PORT: 'server.port',
  URL_FULL: 'url.full',
  URL_PATH: 'url.path',
  URL_SCHEME: 'url.scheme',
  // Messaging spans: opentelemetry.io/docs/specs/semconv/messaging/messaging-spans, and kafka beside it (in development)
  MESSAGING_BATCH_MESSAGE_COUNT: 'messaging.batch.message_count',
  MESSAGING_CONSUMER_GROUP_NAME: 'messaging.consumer.group.name',
  MESSAGING_DESTINATION_NAME: 'messaging.destination.name',
  MESSAGING_DESTINATION_PARTITION_ID: 'messaging.destination.partition.id',
  MESSAGING_KAFKA_OFFSET: 'messaging.kafka.offset',
  MESSAGING_OPERATION_NAME: 'messaging.operation.name',
  MESSAGING_OPERATION_TYPE: 'messaging.operation.type',
  MESSAGING_SYSTEM: 'messaging.system',
  // Resource (stable)
  SERVICE_NAME: 'service.name',
  SERVICE_NAMESPACE: 'service.namespace',
  SERVICE_VERSION: 'service.version',
  SERVICE_INSTANCE_ID: 'service.instance.id',
} as const;

/** What the conventions have no name for. */
export const ESS = {
  ATTEMPT: 'ess.attempt',
  DELIVERY_ID: 'ess.delivery.id',
  EVENT_ID: 'ess.event.id',
  OUTCOME: 'ess.outcome',
  PARTNER: 'ess.partner',
  REPLAY_ID: 'ess.replay.id',
  RULE_ID: 'ess.rule.id',
  RULE_VERSION: 'ess.rule.version',
} as const;
