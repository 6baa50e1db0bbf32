// A partner in a few words: is it in step, since when, and why not.
import type { PartnerHistory } from '../../facts/history.ts';
import type { GroupFacts, PartnerCard } from '../../facts/overview.ts';
import { nowMs } from '../feed.ts';
import { linkTo } from '../place.ts';
import { Spark } from '../tools/spark.tsx';
import { clock, duration, milliseconds, number, reachWords } from '../words.ts';
import { States } from './states.tsx';

interface CardProps {
  readonly card: PartnerCard;
  /** Of the last hour; absent: it is not there yet, or drawn elsewhere. */
  readonly history?: PartnerHistory | undefined;
}

export function Card({ card, history }: CardProps) {
  const { partner, drifting, inStep, oldestDriftSeconds, inStepSince, cause, group, byState } = card;
  const { deadLetters, latency, proposals, reach } = card;
  return (
    <section class={drifting > 0 ? 'card drifts' : 'card'} aria-label={partner}>
      <h2>
        <a href={linkTo('partner', [partner])}>{partner}</a>
      </h2>
      <p class="verdict">
        {drifting > 0
          ? `${number(drifting)} ${drifting === 1 ? 'rule drifts' : 'rules drift'}, the oldest for ${duration(oldestDriftSeconds)}`
          : `in step${inStepSince ? ` since ${clock(inStepSince, nowMs.value)}` : ''}`}
      </p>
      {cause !== null && <p class="cause">{cause}</p>}
      {proposals > 0 && (
        <p class="cause">
          <a href={linkTo('proposals')}>
            {proposals === 1 ? '1 proposal waits' : `${number(proposals)} proposals wait`} for a second person
          </a>
        </p>
      )}
      <dl>
        <div>
          <dt>rules in step</dt>
          <dd>{number(inStep)}</dd>
        </div>
        {group && (
          <>
            <div>
              <dt>waiting</dt>
              <dd>
                {waiting(group)}
                {history && <Spark label={wentFrom('waiting', history.waiting, number)} lines={[history.waiting]} />}
              </dd>
            </div>
            <div>
              <dt>p50 / p99 to ack</dt>
              <dd>
                {latency ? `${milliseconds(latency.p50Ms)} / ${milliseconds(latency.p99Ms)}` : '–'}
                {history && (
                  <Spark label={wentFrom('p99', history.p99Ms, milliseconds)} lines={[history.p99Ms, history.p50Ms]} />
                )}
              </dd>
            </div>
            <div>
              <dt>workers</dt>
              <dd>{group.workers}</dd>
            </div>
            <div>
              <dt>replay window</dt>
              <dd>{reachWords(reach, nowMs.value)}</dd>
            </div>
          </>
        )}
        <div>
          <dt>dead letters</dt>
          <dd>{number(deadLetters)}</dd>
        </div>
      </dl>
      <States partner={partner} byState={byState} />
    </section>
  );
}

/** How many records, and where that goes. */
function waiting({ lagRecords, lagSeconds, trend, etaSeconds }: GroupFacts): string {
  if (lagRecords === 0) return '0';
  const more = [
    lagSeconds !== null && `for ${duration(lagSeconds)}`,
    trend !== null && trend,
    etaSeconds !== null && `gone in ${duration(etaSeconds)}`,
  ].filter(Boolean);
  return [number(lagRecords), ...more].join(', ');
}

/** What a small line shows. */
function wentFrom(what: string, values: ReadonlyArray<number | null>, words: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${what} in the last hour: not known`;
  return `${what} in the last hour: between ${words(Math.min(...known))} and ${words(Math.max(...known))}, last ${words(known.at(-1) ?? 0)}`;
}
