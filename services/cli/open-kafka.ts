// How commands reach Kafka: settings from the environment or .ess/stack.json, and a clear word within seconds when
// nobody answers there.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { settingsLog } from '@ess/runtime/settings/settings-log.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { isForbidden } from '@ess/stream/kafkajs/refusals.ts';
import { within } from '@ess/stream/kafkajs/within.ts';
import { openSocket } from '@ess/stream/login/broker-socket.ts';
import { isRefusedEntry } from '@ess/stream/login/login.ts';
import { withBroker } from '@ess/stream/read/cluster.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { ANSWERED_WITHIN_MS } from '@ess/stream/read/until-answered.ts';
import { tell } from './terminal/print.ts';
import { withoutSecrets } from './terminal/without-secrets.ts';

/** For the connection: a command says at once that nobody is there. After as long without an answer it says that it waits. */
const ANSWER_WITHIN_MS = 2_000;
const AGAIN_MS = 200;
const REMEDY = 'check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_*';

/**
 * @param topics that the command cannot do without
 * @throws EssError ESS_BROKER when no broker takes a connection, or none answers in half a minute; ESS_CONFIG when a topic is
 *   missing
 */
export async function openKafka(
  clientId: string,
  topics: readonly string[] = [],
  settings: Settings = loadSettings(),
): Promise<{ kafka: Kafka; settings: Settings; log: Log }> {
  const { log } = settingsLog(clientId, settings, { level: settings.logLevel === 'info' ? 'warn' : settings.logLevel });
  await answering(settings);
  const existing = await topicsOf(connectKafka(settings.kafka, clientId, calmed(log)), settings, ANSWERED_WITHIN_MS);
  const kafka = connectKafka(settings.kafka, clientId, log);
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

/** Until the first answer: why there is none is told in our words, and in those of the client to who wants all. */
export const calmed = (log: StreamLog): StreamLog => ({
  debug: (details, message) => log.debug(details, message),
  info: (details, message) => log.info(details, message),
  warn: (details, message) => log.warn(details, message), // of those are refusals
  error: (details, message) => log.debug(details, message),
});

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
async function topicsOf(
  kafka: Kafka,
  { kafka: { brokers } }: Settings,
  patienceMs = ANSWER_WITHIN_MS,
): Promise<string[]> {
  const at = brokers.join(', ');
  return firstAnswer((withinMs) => listTopics(kafka, withinMs), {
    patienceMs,
    onLate: () =>
      tell(
        withoutSecrets(
          `what listens at ${at} has not answered as Kafka does yet: waiting up to ${patienceMs / 1_000} s; ${REMEDY} if that is not it`,
        ),
      ),
    refusal: (cause) =>
      new EssError(
        'ESS_BROKER',
        `what listens at ${at} does not answer as Kafka does (${cause instanceof Error ? cause.message : cause}): ${REMEDY}`,
        { cause },
      ),
  });
}

export interface FirstAnswerOptions {
  /** How long to wait for it, ms. */
  readonly patienceMs: number;
  /** It takes longer than an answer usually does. */
  readonly onLate: () => void;
  readonly refusal: (cause: unknown) => EssError;
}

/** @param ask throws when there is no answer within so many ms @throws `refusal`: there is none in time, or we are not let in */
export async function firstAnswer<T>(
  ask: (withinMs: number) => Promise<T>,
  { patienceMs, onLate, refusal }: FirstAnswerOptions,
): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  const late = patienceMs > ANSWER_WITHIN_MS ? setTimeout(onLate, ANSWER_WITHIN_MS) : undefined;
  try {
    for (;;)
      try {
        return await ask(untilMs - performance.now());
      } catch (cause) {
        if (isRefusedEntry(cause) || performance.now() + AGAIN_MS >= untilMs) throw refusal(cause);
        await delay(AGAIN_MS);
      }
  } finally {
    clearTimeout(late);
  }
}

async function listTopics(kafka: Kafka, withinMs: number): Promise<string[]> {
  const asked = withBroker(kafka, (broker) => broker.metadata([]));
  if (!(await within(asked, withinMs))) throw new Error(`no answer in ${Math.round(withinMs / 1_000)} s`);
  return (await asked).topicMetadata.map(({ topic }) => topic);
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
