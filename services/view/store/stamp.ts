// What a kept view depends on. Where any of it is another one now, the view is folded anew.
import { createHash } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { SourceFields } from '../fold/source-rules.ts';

/** Raised when a column, or what is folded into it, means something else: what an older program has kept is of no use then. */
const FORMAT = 6;

export interface Stamp {
  readonly format: number;
  readonly clusterId: string;
  /** By topic that the view follows from where it was. */
  readonly topicIds: Readonly<Record<string, string>>;
  /** By number: what is read, and how. */
  readonly sources: readonly string[];
  readonly partners: Readonly<Record<string, StampedPartner>>;
}

export interface StampedPartner {
  /** Number of its source. */
  readonly source: number;
  /** Of what decides which rules it wants, and what counts as held. */
  readonly digest: string;
}

export const madeOf = (of: Omit<Stamp, 'format'>): Stamp => ({ format: FORMAT, ...of });

const sha256 = (of: unknown): string => createHash('sha256').update(JSON.stringify(of)).digest('base64url');

export const sourceDigest = ({ topic, key, version, reads }: SourceFields): string =>
  sha256([topic, key, version, reads?.schema]);

export const partnerDigest = ({ connectorDigest, stream }: Connector): string =>
  sha256([connectorDigest, stream.clients]);

/** What a view of these partners is of: two views with the same one answer the same. */
export function identityOf(clusterId: string, connectors: readonly Connector[]): string {
  const each = connectors.map(({ partner, digest, source }) => [partner, digest, sourceDigest(source)]);
  return sha256([clusterId, each.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))]);
}

/** What is asked of a kept view. */
export interface Asked {
  readonly clusterId: string;
  readonly topicIds: ReadonlyMap<string, string | undefined>;
  readonly connectors: readonly Connector[];
}

/** Why what was kept is of no use; undefined: it is of use. */
export function misfit({ format, ...stamp }: Stamp, { clusterId, topicIds, connectors }: Asked): string | undefined {
  if (format !== FORMAT) return 'another version of ESS has kept it';
  if (stamp.clusterId !== clusterId) return 'it is of another cluster';
  for (const [topic, id] of topicIds) {
    if (id === undefined) return `this Kafka gives no id of ${topic}`;
    if (stamp.topicIds[topic] !== id) return `it knows another ${topic}`;
  }
  for (const connector of connectors) {
    const { partner } = connector;
    const kept = stamp.partners[partner];
    if (!kept) return `it has no partner ${partner}`;
    if (kept.digest !== partnerDigest(connector) || stamp.sources[kept.source] !== sourceDigest(connector.source))
      return `the connector of ${partner} is another one now`;
  }
  return undefined;
}
