// A partner in a few words: is it in step, since when, and why not.
import type { GroupFacts, PartnerCard } from '../../facts/overview.ts';
import { nowMs } from '../feed.ts';
import { linkTo } from '../place.ts';
import { clock, duration, number } from '../words.ts';
import { States } from './states.tsx';

export function Card({ card }: { readonly card: PartnerCard }) {
  const { partner, drifting, inStep, oldestDriftSeconds, inStepSince, cause, group, byState } = card;
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
      <dl>
        <div>
          <dt>rules in step</dt>
          <dd>{number(inStep)}</dd>
        </div>
        {group && (
          <>
            <div>
              <dt>waiting</dt>
              <dd>{waiting(group)}</dd>
            </div>
            <div>
              <dt>workers</dt>
              <dd>{group.workers}</dd>
            </div>
          </>
        )}
      </dl>
      <States partner={partner} byState={byState} />
    </section>
  );
}

/** How many records, and where that goes. */
function waiting({ lagRecords, trend, etaSeconds }: GroupFacts): string {
  if (lagRecords === 0) return '0';
  const more = [trend !== null && trend, etaSeconds !== null && `gone in ${duration(etaSeconds)}`].filter(Boolean);
  return [number(lagRecords), ...more].join(', ');
}
