// The connectors, as the page shows them: what is wrong in their folders, and which version of them each worker sends with.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { Problem } from '@ess/domain/text/problem.ts';
import type { ClientReceipt } from '@ess/schemas/generated/types.ts';
import type { CheckedFolder } from '../folders/checked-folders.ts';

export interface ConnectorFacts {
  readonly partner: string;
  readonly problems: readonly Problem[];
  /** What is right and has its price. */
  readonly notes: readonly string[];
  /** Null: the folder is not valid, and what is in use is the last good one. */
  readonly topic: string | null;
  readonly delivers: boolean;
  readonly streams: boolean;
  /** First digits of the connectorDigest that the folder has now; null: it is not valid. */
  readonly digest: string | null;
  readonly doors: ReadonlyArray<{ readonly path: string; readonly topic: string }>;
  readonly workers: readonly WorkerVersion[];
  readonly clients: readonly StreamClient[];
}

export interface WorkerVersion {
  readonly worker: string;
  readonly host: string;
  /** With what it sends; null: it has not said, as while it owns nothing. */
  readonly digest: string | null;
  /** It sends with what the folder says now; null: not known. */
  readonly isCurrent: boolean | null;
}

export interface StreamClient {
  readonly client: string;
  /** ISO 8601, as all times here. */
  readonly seenAt: string;
  /** When it last said how far it is; null: never. */
  readonly broughtAt: string | null;
}

const DIGITS = 12;

/** @param workers those of the partner's group; none where nobody could be asked */
export function connectorFacts(
  { partner, problems, notes = [], connector }: CheckedFolder,
  workers: PartnerStatus['workers'],
  clients: readonly ClientReceipt[],
): ConnectorFacts {
  const digest = connector?.connectorDigest.slice(0, DIGITS) ?? null;
  return {
    ...{ partner, problems, notes, digest },
    topic: connector?.source.topic ?? null,
    delivers: connector?.delivers ?? false,
    streams: connector?.streams ?? false,
    doors: (connector?.inbound ?? []).map(({ path, topic }) => ({ path, topic })),
    workers: workers.map(({ worker, host, connector: used }) => ({
      ...{ worker, host, digest: used },
      isCurrent: used === null || digest === null ? null : used === digest,
    })),
    clients: clients.map(({ client, seenAt, broughtAt }) => ({
      client,
      seenAt: timeText(seenAt),
      broughtAt: broughtAt === null ? null : timeText(broughtAt),
    })),
  };
}
