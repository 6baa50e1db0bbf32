// The versions of a rule, the newest first: when each was published, and at each partner every attempt until it was acknowledged.
import type { ShownAttempt } from '../../facts/attempts.ts';
import { useAttempts } from '../attempts.ts';
import { nowMs } from '../feed.ts';
import { linkTo } from '../place.ts';
import type { PartnerStory, VersionStory } from '../versions.ts';
import { versionsOf } from '../versions.ts';
import { clock, duration, OUTCOME_WORDS } from '../words.ts';

/** Of attempts. */
const LOOKED_AT = 200;
const VERSIONS = 10;

/** @param again looks anew when it changes */
export function Versions({ id, again }: { readonly id: string; readonly again: unknown }) {
  const { attempts } = useAttempts(`${new URLSearchParams({ rule: id })}`, LOOKED_AT, again);
  const versions = versionsOf(attempts).slice(0, VERSIONS);
  if (versions.length === 0) return null;
  return (
    <>
      <h2>Versions</h2>
      <ul class="orders">
        {versions.map((one) => (
          <li key={one.version}>
            <Version one={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Version({ one: { version, publishedAt, partners } }: { readonly one: VersionStory }) {
  return (
    <section class="card" aria-label={`Version ${version}`}>
      <p>
        <strong>Version {version}</strong>
        {publishedAt !== null && `, published at ${clock(publishedAt, nowMs.value)}`}
      </p>
      {partners.map((story) => (
        <Story key={story.partner} story={story} publishedAt={publishedAt} />
      ))}
    </section>
  );
}

function Story({ story, publishedAt }: { readonly story: PartnerStory; readonly publishedAt: string | null }) {
  const { partner, steps, tookMs } = story;
  const last = steps.at(-1);
  return (
    <details class="act">
      <summary>
        {partner}: {tookMs === null ? last && OUTCOME_WORDS[last.outcome] : `acknowledged ${after(tookMs)}`}
      </summary>
      <ol class="in-cell">
        {steps.map((step) => (
          <li key={step.key}>{stepWords(step, publishedAt)}</li>
        ))}
      </ol>
      {last && (
        <a href={linkTo('record', [partner, last.position], { digest: last.bodyDigest ?? '' })}>
          The record with its audit stamp, and its body made again
        </a>
      )}
    </details>
  );
}

function stepWords(
  { at, outcome, status, attempt, replayId, reason }: ShownAttempt,
  publishedAt: string | null,
): string {
  const when = publishedAt === null ? clock(at, nowMs.value) : after(Date.parse(at) - Date.parse(publishedAt));
  const told = [
    attempt > 0 && `try ${attempt}`,
    status !== null && `answered ${status}`,
    replayId !== null && `replay ${replayId}`,
    status === null && reason,
  ].filter(Boolean);
  return `${when}: ${OUTCOME_WORDS[outcome]}${told.length > 0 ? ` (${told.join(', ')})` : ''}`;
}

/** Of a moment behind that of the publish. */
const after = (ms: number): string =>
  `${ms < 10_000 ? `${(Math.max(0, ms) / 1_000).toFixed(1)} s` : duration(ms / 1_000)} after it was published`;
