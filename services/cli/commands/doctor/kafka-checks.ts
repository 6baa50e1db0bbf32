// What Kafka says once we are in: is this the right user, what may users do, are the topics as planned, what time is it there?
import { compareAccess } from '@ess/domain/access/access-plan.ts';
import type { Grant } from '@ess/domain/access/right.ts';
import { shownRight } from '@ess/domain/access/right.ts';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { isAnonymous, shownUser } from '@ess/domain/stream/kafka-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { readYamlFile } from '@ess/runtime/settings/yaml-file.ts';
import { readGrants } from '@ess/stream/access/acls.ts';
import { controllerClock } from '@ess/stream/access/controller-clock.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { isForbidden } from '@ess/stream/kafkajs/refusals.ts';
import { compareTopics, countBrokers } from '@ess/stream/kafkajs/topics.ts';
import { whyUnlisted } from '@ess/stream/read/topic-reader.ts';
import { ANSWERED_WITHIN_MS } from '@ess/stream/read/until-answered.ts';
import { ACCESS_FILE, readAccessPlan } from '../../access-plan-file.ts';
import { openKafka } from '../../open-kafka.ts';
import { TOPICS_FILE } from '../topics.ts';
import type { Finding } from './finding.ts';
import { doubtful, well, wrong } from './finding.ts';
import { looked } from './looked.ts';

/** Tokens, `timestamp` of signatures and retries are told late by more. */
const CLOCKS_APART_MS = 1_000;
/** Records would be refused, or come before their time. */
const CLOCKS_FAR_MS = 60_000;
const GRANT = 'run "ess access apply" as an administrator';

export async function checkKafka(settings: Settings, connectors: string): Promise<Finding[]> {
  let kafka: Kafka;
  try {
    ({ kafka } = await openKafka('ess-doctor', [], settings));
  } catch (error) {
    if (!(error instanceof EssError)) throw error;
    // Nobody is there: its message, and the line of the broker, say what to do.
    if (error.cause === undefined) return [{ check: 'kafka', status: 'fail', told: error.message }];
    return [wrong('kafka', error.message, 'look at KAFKA_SSL and KAFKA_SASL_*, and at the user in Kafka')];
  }
  const parts = [
    looked('clock', () => checkClock(kafka), ANSWERED_WITHIN_MS),
    looked('topics', () => checkTopics(kafka), ANSWERED_WITHIN_MS),
    looked('rights', () => checkRights(kafka, settings.kafka, connectors), ANSWERED_WITHIN_MS),
  ];
  return [well('kafka', `it lets ${shownUser(settings.kafka)} in`), ...(await Promise.all(parts)).flat()];
}

async function checkClock(kafka: Kafka): Promise<Finding[]> {
  try {
    const { atMs, tookMs } = await controllerClock(kafka);
    const apartMs = Math.max(0, Math.abs(Date.now() - tookMs / 2 - atMs) - tookMs / 2);
    const told = `Kafka's clock and ours are ${Math.round(apartMs)} ms apart`;
    const remedy = 'let NTP set both';
    if (apartMs >= CLOCKS_FAR_MS) return [wrong('clock', told, remedy)];
    return [apartMs >= CLOCKS_APART_MS ? doubtful('clock', told, remedy) : well('clock', told)];
  } catch (error) {
    return [unseen('clock', error)];
  }
}

async function checkTopics(kafka: Kafka): Promise<Finding[]> {
  try {
    const found = await compareTopics(kafka, planTopics(readYamlFile(TOPICS_FILE), await countBrokers(kafka)));
    const differing = found.filter(({ wrong: list }) => list.length > 0);
    if (differing.length === 0) return [well('topics', `${found.length} topics are as infra/topics.yaml has them`)];
    return await Promise.all(
      differing.map(async ({ topic, wrong: list, isAbsent }) => {
        const why = isAbsent && (await whyUnlisted(kafka, topic));
        if (why) return wrong('topics', why, GRANT);
        const remedy = 'run "ess topics apply"; more partitions of rules: "ess topics grow"';
        return wrong('topics', `${topic}: ${list.join(', ')}`, remedy);
      }),
    );
  } catch (error) {
    return [unseen('topics', error)];
  }
}

async function checkRights(kafka: Kafka, access: KafkaAccess, connectors: string): Promise<Finding[]> {
  let have: Grant[];
  try {
    have = await readGrants(kafka);
  } catch (error) {
    // Kafka without an authorizer says so by this.
    if ((error as { type?: string }).type === 'SECURITY_DISABLED')
      return [
        doubtful(
          'rights',
          'this Kafka knows no rights: everybody may do everything',
          'set an authorizer: docs/secured-kafka.md',
        ),
      ];
    return [unseen('rights', error)];
  }
  const { grants, users } = readAccessPlan(ACCESS_FILE, connectors);
  if (have.length === 0) return [noRights(access)];
  const { missing, tooMuch } = compareAccess(grants, users, have);
  if (missing.length + tooMuch.length === 0)
    return [well('rights', `${grants.length} rights of ${users.length} users are in place`)];
  return [
    ...missing.map((one) => wrong('rights', `${one.user} lacks ${shownRight(one)}`, GRANT)),
    ...tooMuch.map((one) =>
      doubtful(
        'rights',
        `${one.user} has ${shownRight(one)} beyond infra/access.yaml`,
        'run "ess access apply --prune"',
      ),
    ),
  ];
}

/** The first rights shut out everybody who has none. */
export const noRights = (access: KafkaAccess): Finding =>
  doubtful(
    'rights',
    'Kafka has no access rules (ACLs): depending on allow.everyone.if.no.acl.found everybody or nobody has access',
    isAnonymous(access)
      ? 'fine for a Kafka that only you reach; elsewhere give each program a user first: docs/secured-kafka.md'
      : GRANT,
  );

/** It is not known, and that may be all right. */
export const unseen = (check: string, error: unknown): Finding =>
  doubtful(
    check,
    `not looked at: ${(error as Error).message}`,
    isForbidden(error) ? 'run the doctor as ess-ops, or as an administrator' : 'look at the brokers',
  );
