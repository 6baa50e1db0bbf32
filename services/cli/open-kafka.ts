// How commands reach Kafka: settings from the environment or .ess/stack.json, and a clear word within seconds when
// nobody answers there.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { settingsLog } from '@ess/runtime/settings/settings-log.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { isForbidden } from '@ess/stream/kafkajs/refusals.ts';
import { openSocket } from '@ess/stream/login/broker-socket.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';

/** For the connection, and again for the first answer: a command says within 5 s that nobody is there. */
const ANSWER_WITHIN_MS = 2_000;

/**
 * @param topics that the command cannot do without
 * @throws EssError ESS_BROKER when no broker answers: a command must not wait as patiently as a worker; ESS_CONFIG when a
 *   topic is missing
 */
export async function openKafka(
  clientId: string,
  topics: readonly string[] = [],
  settings: Settings = loadSettings(),
): Promise<{ kafka: Kafka; settings: Settings; log: Log }> {
  const { log } = settingsLog(clientId, settings, { level: settings.logLevel === 'info' ? 'warn' : settings.logLevel });
  await answering(settings);
  const kafka = connectKafka(settings.kafka, clientId, log);
  const existing = await topicsOf(kafka, settings);
  const missing = topics.filter((topic) => !existing.includes(topic));
  for (const topic of missing) await whyMissing(kafka, topic);
  return { kafka, settings, log };
}

/** A topic that may not be seen is not listed either. @throws EssError ESS_CONFIG for both */
async function whyMissing(kafka: Kafka, topic: string): Promise<void> {
  try {
    await using _reader = await TopicReader.open(kafka, topic); // it may have come meanwhile
  } catch (error) {
    if (isForbidden(error)) throw new EssError('ESS_CONFIG', (error as Error).message, { cause: error });
    throw error;
  }
}

/** @returns topics that Kafka has and we may read, or why it cannot be asked */
export async function topicsAtHand(settings: Settings): Promise<readonly string[] | { readonly why: string }> {
  const { log } = settingsLog('ess-check', settings, { level: 'silent' });
  try {
    await answering(settings);
    return await topicsOf(connectKafka(settings.kafka, 'ess-check', log), settings);
  } catch (error) {
    if (error instanceof EssError) return { why: error.message };
    throw error;
  }
}

/** @throws EssError ESS_BROKER when no broker takes a connection */
async function answering({ kafka: { brokers } }: Settings): Promise<void> {
  const answers = await Promise.all(brokers.map(takesConnection));
  if (!answers.includes(true))
    throw new EssError(
      'ESS_BROKER',
      `no Kafka broker answers at ${brokers.join(', ')}: start one with "ess up" or set KAFKA_BROKERS`,
    );
}

/** A port may be open and not be Kafka's, or refuse who asks. */
async function topicsOf(kafka: Kafka, { kafka: { brokers } }: Settings): Promise<string[]> {
  const admin = kafka.admin({ retry: { retries: 1, initialRetryTime: 100, maxRetryTime: 200 } });
  const asked = admin.connect().then(() => admin.listTopics());
  asked.catch(() => undefined);
  const late = delay(ANSWER_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer in ${ANSWER_WITHIN_MS / 1_000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } catch (cause) {
    throw new EssError(
      'ESS_BROKER',
      `what listens at ${brokers.join(', ')} does not answer as Kafka does (${cause instanceof Error ? cause.message : cause}): check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_*`,
      { cause },
    );
  } finally {
    void admin.disconnect().catch(() => undefined);
  }
}

function takesConnection(broker: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket(broker).setTimeout(ANSWER_WITHIN_MS);
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
