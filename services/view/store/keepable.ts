// What of a view is kept, and under which names.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { LATEST_TOPIC, PUBLIC_TOPIC, RULES_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { SourceRules } from '../fold/source-rules.ts';
import type { ViewedPartner } from '../fold/viewed-partner.ts';
import type { FollowedTopic } from '../follow/followed-topic.ts';
import type { Sources } from '../follow/sources.ts';
import { isStreamOnly } from '../follow/stream-partners.ts';
import { PartsToKeep } from './kept-parts.ts';
import type { Positions } from './positions.ts';
import type { Stamp } from './stamp.ts';

export interface Keepable {
  readonly partners: ReadonlyMap<string, ViewedPartner>;
  readonly sources: Pick<Sources, 'of' | 'add' | 'close'>;
  readonly acks: Pick<FollowedTopic, 'positions'> | undefined;
}

export const sourceName = (number: number): string => `source/${number}/`;
export const partnerName = ({ partner }: Connector): string => `partner/${partner}/`;

/** The number of each is its place here. */
export const sourcesOf = (partners: Keepable['partners']): SourceRules[] => [
  ...new Set([...partners.values()].map(({ source }) => source)),
];

/** All that has columns, which know what of them has been kept. */
export const objectsOf = (partners: Keepable['partners']): object[] => [
  ...sourcesOf(partners),
  ...[...partners.values()].map(({ cells }) => cells),
];

/** Topics that are followed from where they were, and the one whose places clients name. */
export function topicsOf(connectors: readonly Connector[]): string[] {
  const sources = connectors.map(({ source }) => source.topic);
  return [
    ...new Set([
      STATE_TOPIC,
      ...sources,
      ...(sources.includes(RULES_TOPIC) ? [LATEST_TOPIC] : []),
      ...(connectors.some(isStreamOnly) ? [PUBLIC_TOPIC] : []),
    ]),
  ];
}

export function positionsOf({ partners, sources, acks }: Keepable): Positions {
  const read = sourcesOf(partners).map((source) =>
    Object.fromEntries(sources.of(source).map(({ topic, positions }) => [topic, [...positions]] as const)),
  );
  return { acks: [...(acks?.positions ?? [])], sources: read };
}

/** All of one moment: no record is taken in between the first part and the last. */
export function partsOf(view: Keepable, stamp: Stamp, positions: Positions, whole: boolean): PartsToKeep['parts'] {
  const out = new PartsToKeep(whole);
  out.value('stamp', stamp);
  out.value('positions', positions);
  for (const [number, source] of sourcesOf(view.partners).entries()) source.save(out, sourceName(number));
  for (const { connector, cells } of view.partners.values()) cells.save(out, partnerName(connector));
  return out.parts;
}
