// One card per partner, drifting first: is it in step, since when, and why not.
import type { PartnerCard } from '../../facts/overview.ts';
import { nowMs, overview } from '../feed.ts';
import { linkTo } from '../place.ts';
import { clock, duration, number } from '../words.ts';
import { States } from './states.tsx';

export function OverviewPage() {
  const told = overview.value;
  if (!told) return <p class="empty">Reading what every partner holds…</p>;
  const { partners } = told;
  if (partners.length === 0)
    return <p class="empty">No partner delivers or streams yet. `ess connector new` begins a connector.</p>;
  const drifting = partners.filter((one) => one.drifting > 0).length;
  return (
    <>
      <h1>
        {drifting === 0
          ? `All ${partners.length} partners are in step`
          : `${drifting} of ${partners.length} partners drift`}
      </h1>
      <ul class="cards">
        {partners.map((card) => (
          <Card key={card.partner} card={card} />
        ))}
      </ul>
    </>
  );
}

function Card({ card }: { readonly card: PartnerCard }) {
  const { partner, drifting, inStep, oldestDriftSeconds, inStepSince, cause, group, byState } = card;
  return (
    <li class={drifting > 0 ? 'card drifts' : 'card'}>
      <h2>
        <a href={linkTo('lockstep', [], { partner })}>{partner}</a>
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
              <dd>{number(group.lagRecords)}</dd>
            </div>
            <div>
              <dt>workers</dt>
              <dd>{group.workers}</dd>
            </div>
          </>
        )}
      </dl>
      <States partner={partner} byState={byState} />
    </li>
  );
}
