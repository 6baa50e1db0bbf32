// The Kafka client of a process: kafkajs with the project's logger, its known noise silenced, and asleep while it has nothing to do.

import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import type { Admin, AdminConfig, ConsumerConfig, Kafka, ProducerConfig } from 'kafkajs';
import kafkajs from 'kafkajs';
import { loginOf } from '../login/login.ts';
import { farewell } from './farewell.ts';
import { beginAnew } from './fresh-connection.ts';
import { nameMissingRights } from './missing-right.ts';
import { restWhenEmpty } from './request-queue.ts';

export type { Admin, Kafka, KafkaAccess as KafkaSettings };

/** The few methods of a logger that this layer needs; pino has them. */
export interface StreamLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Requests are retried for as long as Kafka is away: the records wait in the topic, nothing is given up. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 500, retries: 1_000_000 };

/** Of a session, before Kafka ends it. Sessions are at least a few seconds long, and Kafka wants a second between two times. */
const REAUTHENTICATED_BEFORE_MS = 2_000;

/** kafkajs logs every reconnect and rebalance as an error or a warning; only what a person must see is kept loud. */
const QUIET =
  /^(Crash|Restarting the consumer|Connection|The group is rebalancing|Response |Failed to connect|Consumer is not aware|Limiting retries|Failed to send messages: The producer attempted to update a transaction while)/;

export function connectKafka(settings: KafkaAccess, clientId: string, log: StreamLog): Kafka {
  prepare();
  return new Client({
    clientId,
    brokers: [...settings.brokers],
    ...loginOf(settings, log),
    reauthenticationThreshold: REAUTHENTICATED_BEFORE_MS,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: RETRY,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...details } = entry.log;
      // Without a namespace it is a word of our own readers.
      const line = entry.namespace ? { kafkajs: entry.namespace, ...details, message } : details;
      const event = entry.namespace ? 'kafka.client' : message;
      if (entry.level === kafkajs.logLevel.ERROR && !QUIET.test(message)) log.error(line, event);
      else if (entry.level === kafkajs.logLevel.WARN && !QUIET.test(message)) log.warn(line, event);
      else log.debug(line, event);
    },
  });
}

/** Its clients can always be left. */
class Client extends kafkajs.Kafka {
  override admin(config?: AdminConfig) {
    return leavable(super.admin(config));
  }
  override consumer(config: ConsumerConfig) {
    return leavable(super.consumer(config));
  }
  override producer(config?: ProducerConfig) {
    return leavable(super.producer(config));
  }
}

function leavable<C extends { disconnect(): Promise<void> }>(client: C): C {
  return { ...client, disconnect: () => farewell(client.disconnect) };
}

let isPrepared = false;

function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
  restWhenEmpty();
  beginAnew();
  nameMissingRights();
}
