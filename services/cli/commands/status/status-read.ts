// Reads what `ess status` and `ess lag` show: groups, commits, log ends, ess.control.

import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { partnerStatus } from '@ess/domain/control/partner-status.ts';
import { replayReach } from '@ess/domain/control/replay-reach.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import type { GroupView, PartitionView } from '@ess/stream/group/group-view.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { isForbidden, isWithoutCoordinator } from '@ess/stream/kafkajs/refusals.ts';
import type { ControlLog } from '@ess/stream/read/control-log.ts';
import type { Bounds } from '@ess/stream/read/range.ts';
import { read } from '@ess/stream/read/read.ts';
import { whyUnlisted } from '@ess/stream/read/topic-reader.ts';
import { knownPartner } from '../../known-partner.ts';
import { fittingSchemas, KnownSchemas } from '../../source-schemas.ts';
import { tell } from '../../terminal/print.ts';
import { withoutSecrets } from '../../terminal/without-secrets.ts';
import { lookBack } from './log-ends.ts';
import type { Drift } from './status-drift.ts';

export interface SourcedPartner {
  readonly partner: string;
  readonly topic: string;
}

export interface FullStatus extends PartnerStatus {
  /** Parked, not redriven and not dropped; null when they were not counted. */
  readonly deadLetters: number | null;
  /** Orders that wait for a second person. */
  readonly proposals: number;
  /** From the lock-step view; null when it was not asked for. */
  readonly drift: Drift | null;
  /** Why dead letters, and pauses and replays if their topic could not be read either, are not known; null when all is. */
  readonly notKnown: string | null;
  /** How far back a replay can reach. */
  readonly replayWindow: { readonly seconds: number; readonly from: string | null };
}

export interface StatusContext {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Absent while the schema registry is away. */
  readonly control: ControlLog['state'] | undefined;
  /** Why; null when it is there. */
  readonly notKnown: string | null;
  /** Those that are there and may be read. */
  readonly topics: ReadonlySet<string>;
}

type SourceView = Pick<GroupView, 'members' | 'partitions'> & { readonly sourceTrouble?: string };

/** Kafka's names of errors that say nothing about other topics and groups. */
const OF_THIS_SOURCE = /TOPIC|GROUP_AUTHORIZATION/;

/**
 * @param names absent: every connector that delivers; one that is not valid is told of and left out
 * @throws EssError ESS_USAGE for an unknown name, ESS_CONFIG for one that is not valid, ESS_REGISTRY where nobody can tell that
 */
export async function deliveringPartners(
  root: string,
  names: readonly string[],
  registry: RegistryAddress,
): Promise<SourcedPartner[]> {
  const wanted = names.length > 0 ? names.map((name) => knownPartner(name, root)) : listConnectors(root);
  const found: SourcedPartner[] = [];
  for (const partner of wanted) {
    const { connector } = compilePartner(root, partner, { withoutEnv: true, sourceSchema: () => undefined });
    // Most need no schema to be understood, and are shown while the registry is away.
    const known = connector ?? (await withSchemas(root, partner, names.length > 0, registry));
    if (known?.deliver) found.push({ partner, topic: known.source.topic });
  }
  if (found.length === 0)
    throw new EssError('ESS_USAGE', `none of the connectors in ${root} delivers: there is no position to show`);
  return found;
}

async function withSchemas(root: string, partner: string, isNamed: boolean, registry: RegistryAddress) {
  const { away, ...schemas } = await fittingSchemas(new KnownSchemas(root, registry), partner, tell);
  const { connector, problems } = compilePartner(root, partner, { ...schemas, withoutEnv: true });
  if (connector) return connector;
  if (isNamed && away !== undefined) throw new EssError('ESS_REGISTRY', away);
  if (isNamed) throw new EssError('ESS_CONFIG', `connector ${partner} is invalid: ${problems[0]?.message ?? ''}`);
  const why = away ?? `its connector is invalid; "ess connector check ${partner}" says why`;
  tell(withoutSecrets(`${partner} is left out: ${why}`));
  return undefined;
}

export async function readStatus(
  { partner, topic }: SourcedPartner,
  { kafka, admin, control, topics, notKnown }: StatusContext,
  deadLetters: number | null,
): Promise<Omit<FullStatus, 'drift'>> {
  const view = await viewSource(kafka, admin, `ess.${partner}`, topic, topics);
  const { members, partitions } = view;
  const nowMs = Date.now();
  const [firsts, before] = await Promise.all([
    firstTimes(kafka, topic, partitions),
    partitions.length > 0 ? lookBack(admin, topic, partitions, nowMs) : undefined,
  ]);
  const sourceTrouble = view.sourceTrouble ?? firsts.trouble;
  const status = partnerStatus({
    partner,
    topic,
    members,
    nowMs,
    paused: control?.paused(partner),
    replay: control?.active(partner, 'replay'),
    ...(sourceTrouble !== undefined && { sourceTrouble }),
    ...(before && { arrivingPerSecond: before.arrivingPerSecond }),
    partitions: partitions.map((one) => {
      const then = before?.lags.get(one.partition);
      return { ...one, oldestMs: firsts.atPosition.get(one.partition), ...(then && { before: then }) };
    }),
  });
  const { sinceMs } = replayReach(
    partitions.map(({ partition, low }) => ({ low, firstMs: firsts.atLow.get(partition) })),
  );
  const seconds = sinceMs === undefined ? 0 : Math.max(0, Math.round((nowMs - sinceMs) / 1000));
  const waiting = control?.waiting().filter(({ command }) => command.partner === partner) ?? [];
  const replayWindow = { seconds, from: sinceMs === undefined ? null : timeText(sinceMs) };
  return { ...status, deadLetters, proposals: waiting.length, notKnown, replayWindow };
}

/** What is wrong with one partner's topic is said of that partner; the others are shown all the same. @throws when Kafka is away */
async function viewSource(
  kafka: Kafka,
  admin: Admin,
  group: string,
  topic: string,
  topics: ReadonlySet<string>,
): Promise<SourceView> {
  const nothing = { members: [], partitions: [] };
  // kafkajs would ask for a topic that is not there again and again.
  if (!topics.has(topic)) {
    const why = (await whyUnlisted(kafka, topic)) ?? `Kafka has no topic ${topic} that you may read`;
    return { ...nothing, sourceTrouble: `source: ${why}` };
  }
  try {
    return await viewGroup(admin, group, topic);
  } catch (error) {
    const { type = '', message } = error as { readonly type?: string; readonly message: string };
    if (!isWithoutCoordinator(error) && !OF_THIS_SOURCE.test(type)) throw error;
    return { ...nothing, sourceTrouble: `source: ${topic}: ${message}` };
  }
}

interface FirstTimes {
  readonly atLow: ReadonlyMap<number, number>;
  readonly atPosition: ReadonlyMap<number, number>;
  /** Why it cannot be said. */
  readonly trouble?: string;
}

/** When the first record was published: of the log, and of what waits. */
async function firstTimes(kafka: Kafka, topic: string, partitions: readonly PartitionView[]): Promise<FirstTimes> {
  const atLow = new Map<number, number>();
  const atPosition = new Map<number, number>();
  const filled = partitions.filter(({ low, high }) => low < high);
  const lagging = filled.filter(({ position, high }) => position < high);
  const [one] = filled;
  if (!one) return { atLow, atPosition };
  const lows = new Map(filled.map(({ partition, low }): [number, Bounds] => [partition, { from: low, to: low + 1 }]));
  const heads = new Map(
    lagging.map(({ partition, position, low }): [number, Bounds] => {
      const from = Math.max(low, position);
      return [partition, { from, to: from + 1 }];
    }),
  );
  try {
    await Promise.all([readFirst(kafka, topic, lows, atLow), readFirst(kafka, topic, heads, atPosition)]);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { atLow, atPosition, trouble: `source: ${(error as Error).message}` };
  }
  return { atLow, atPosition };
}

async function readFirst(
  kafka: Kafka,
  topic: string,
  within: ReadonlyMap<number, Bounds>,
  times: Map<number, number>,
): Promise<void> {
  if (within.size === 0) return;
  for await (const [first] of read(kafka, { topic, within })) if (first) times.set(first.partition, first.timestampMs);
}
