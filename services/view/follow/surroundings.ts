// How a partner is while its cells are judged, from everything that is followed beside what it holds. What of it was read too long
// ago is told as not known.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { PartnerFacts } from '@ess/domain/view/cell.ts';
import type { Surroundings } from '../fold/around-cells.ts';
import type { Letters } from '../fold/letters.ts';
import type { SourceRules } from '../fold/source-rules.ts';
import type { ViewedPartner } from '../fold/viewed-partner.ts';
import type { FollowedTopic } from './followed-topic.ts';
import type { PartnerGroups } from './partner-groups.ts';
import type { RecentAttempts } from './recent-attempts.ts';
import type { Sources } from './sources.ts';
import type { StreamPartners } from './stream-partners.ts';
import { isStreamOnly } from './stream-partners.ts';

export interface Followed {
  /** Absent while the view is built. */
  readonly groups?: PartnerGroups | undefined;
  readonly attempts: RecentAttempts;
  readonly letters: Letters;
  readonly sources: Sources;
  readonly streams: StreamPartners;
  /** Topics of ours that concern every partner. */
  readonly topics: readonly FollowedTopic[];
}

/** What is older than this says nothing of now. */
export const OLD_MS = 10_000;

export function surroundings(
  { connector, source, cells }: ViewedPartner,
  followed: Followed,
  nowMs: number,
): Surroundings {
  const { partner, onLeave, connectorDigest } = connector;
  const { groups, attempts, letters, sources, streams } = followed;
  const group = groups?.of(partner);
  const unknown = notKnown(connector, source, followed, nowMs);
  const heldByAll = isStreamOnly(connector) ? streams.heldByAll(connector, cells, nowMs) : undefined;
  const timeOf = (text: string | null | undefined) => (text ? Date.parse(text) : nowMs);
  const { breaker, paused, workers } = group?.status ?? {};
  const facts: PartnerFacts = {
    ...(unknown && { unknown }),
    onLeave: onLeave === 'alert' ? 'alert' : 'send',
    versionsAreOffsets: source.versionsAreOffsets,
    connectorDigest,
    patienceMs: attempts.patienceMs(partner),
    ...(breaker?.state === 'open' && { held: { sinceMs: timeOf(breaker.since), reason: breaker.reason ?? '' } }),
    ...(paused && { paused: { sinceMs: timeOf(paused.since), by: paused.by } }),
    isUnowned: workers?.length === 0,
    ...(isStreamOnly(connector) && { stream: { heardAtMs: streams.heardAtMs(connector, nowMs) } }),
  };
  return {
    nowMs,
    partner: facts,
    letterOf: (ruleId) => letters.open(partner, ruleId),
    droppedOf: (ruleId) => letters.dropped(partner, ruleId),
    attemptOf: (ruleId) => attempts.of(partner, ruleId),
    positions: group?.positions ?? new Map(),
    latestCovers: sources.covers(source),
    ...(heldByAll && { heldByAll }),
  };
}

/** What of the partner was read too long ago. */
function notKnown(
  connector: Connector,
  source: SourceRules,
  { groups, topics, sources, streams }: Followed,
  nowMs: number,
): PartnerFacts['unknown'] {
  const { partner } = connector;
  const trouble = sources.troubleOf(source) ?? (isStreamOnly(connector) ? streams.trouble : undefined);
  if (trouble !== undefined) return { sinceMs: nowMs, what: trouble };
  const ofStreams = isStreamOnly(connector) ? streams.follows : [];
  for (const { topic, readToMs } of [...topics, ...sources.of(source), ...ofStreams])
    if (readToMs === 0) return { sinceMs: nowMs, what: `${topic} cannot be read` };
    else if (nowMs - readToMs > OLD_MS) return { sinceMs: readToMs, what: `${topic} was last read to its end then` };
  if (isStreamOnly(connector)) return undefined;
  const group = groups?.of(partner);
  if (group && nowMs - group.readToMs <= OLD_MS) return undefined;
  const what = groups?.troubleOf(partner) ?? 'its workers could not be asked';
  return { sinceMs: group?.readToMs ?? nowMs, what };
}
