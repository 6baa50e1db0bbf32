// What happened to each version of a rule at each partner: published, sent, acknowledged, with every attempt. Made of rows of the audit.
import type { ShownAttempt } from '../facts/attempts.ts';

export interface VersionStory {
  readonly version: string;
  /** ISO 8601; null: not on record. */
  readonly publishedAt: string | null;
  /** By name. */
  readonly partners: readonly PartnerStory[];
}

export interface PartnerStory {
  readonly partner: string;
  /** Oldest first. */
  readonly steps: readonly ShownAttempt[];
  /** From published to acknowledged, ms; null: it is not, or a replay has sent it again. */
  readonly tookMs: number | null;
}

/** @param attempts of one rule, newest first @returns the newest version first */
export function versionsOf(attempts: readonly ShownAttempt[]): VersionStory[] {
  const told = attempts.filter(({ version, outcome }) => version !== null && outcome !== 'viewed');
  const byVersion = Map.groupBy(told, ({ version }) => String(version));
  return [...byVersion]
    .map(([version, of]) => ({
      version,
      publishedAt:
        of
          .map((one) => one.publishedAt)
          .filter((at) => at !== null)
          .sort()[0] ?? null,
      partners: [...Map.groupBy(of, ({ partner }) => partner)]
        .map(([partner, steps]) => storyOf(partner, steps.toReversed()))
        .sort((a, b) => (a.partner < b.partner ? -1 : 1)),
    }))
    .sort((a, b) => (b.publishedAt ?? '').localeCompare(a.publishedAt ?? ''));
}

function storyOf(partner: string, steps: readonly ShownAttempt[]): PartnerStory {
  const acked = steps.find(({ outcome, replayId }) => outcome === 'delivered' && replayId === null);
  const tookMs = acked?.publishedAt ? Date.parse(acked.at) - Date.parse(acked.publishedAt) : null;
  return { partner, steps, tookMs };
}
