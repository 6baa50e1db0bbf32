// How many rules of a partner are in each state, each a link to them.
import { linkTo } from '../place.ts';
import { number, STATE_WORDS } from '../words.ts';

/** What need not be looked at. */
const QUIET = new Set(['inStep', 'outOfScope', 'withdrawn', 'inFlight']);

export function States({
  partner,
  byState,
}: {
  readonly partner: string;
  readonly byState: Readonly<Record<string, number>>;
}) {
  const shown = Object.entries(byState).filter(([state, count]) => count > 0 && state !== 'inStep');
  if (shown.length === 0) return null;
  return (
    <ul class="states" aria-label={`Other states at ${partner}`}>
      {shown.map(([state, count]) => (
        <li key={state} class={QUIET.has(state) ? 'state' : 'state bad'}>
          <a href={linkTo('lockstep', [], { partner, state, all: '1' })}>
            {STATE_WORDS[state] ?? state} {number(count)}
          </a>
        </li>
      ))}
    </ul>
  );
}
