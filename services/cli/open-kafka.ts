// How commands reach Kafka: settings from the environment or .ess/stack.json, and a clear word within seconds when
// nobody answers there.
import { connect } from 'node:net';
import { EssError } from '@ess/domain/error.ts';
import type { Log } from '@ess/runtime/log.ts';
import { createLog } from '@ess/runtime/log.ts';
import type { Settings } from '@ess/runtime/settings.ts';
import { loadSettings } from '@ess/runtime/settings.ts';
import type { Kafka, KafkaSettings, SASLOptions } from '@ess/stream/client.ts';
import { connectKafka } from '@ess/stream/client.ts';

const ANSWER_WITHIN_MS = 3_000;

export function kafkaSettings(settings: Settings): KafkaSettings {
  return {
    brokers: settings.brokers,
    ...(settings.kafkaSsl ? { ssl: settings.kafkaSsl } : {}),
    ...(settings.kafkaSasl ? { sasl: settings.kafkaSasl as SASLOptions } : {}),
  };
}

/** @throws EssError ESS_BROKER when no broker takes a connection: a command must not wait as patiently as a worker */
export async function openKafka(clientId: string): Promise<{ kafka: Kafka; settings: Settings; log: Log }> {
  const settings = loadSettings();
  const log = createLog(clientId, { level: settings.logLevel === 'info' ? 'warn' : settings.logLevel });
  const answers = await Promise.all(settings.brokers.map(takesConnection));
  if (!answers.includes(true))
    throw new EssError(
      'ESS_BROKER',
      `no Kafka broker answers at ${settings.brokers.join(', ')}: start one with "ess up" or set KAFKA_BROKERS`,
    );
  return { kafka: connectKafka(kafkaSettings(settings), clientId, log), settings, log };
}

function takesConnection(broker: string): Promise<boolean> {
  const colon = broker.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({
      host: broker.slice(0, colon),
      port: Number(broker.slice(colon + 1)),
      timeout: ANSWER_WITHIN_MS,
    });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
