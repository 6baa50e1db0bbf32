// What happened, by rule, partner, outcome, id and time. The filters are part of the address.
import { useState } from 'preact/hooks';
import { goTo, linkTo } from '../place.ts';
import { OUTCOME_WORDS } from '../words.ts';
import { Attempts } from './attempts.tsx';
import { Choice, partnerChoices, Words } from './filters.tsx';

const SINCE = {
  '15m': 'the last quarter of an hour',
  '1h': 'the last hour',
  '1d': 'the last day',
  '7d': 'the last week',
};

export function Audit({ query }: { readonly query: URLSearchParams }) {
  const [again, setAgain] = useState(0);
  const change = (name: string) => (value: string) =>
    goTo(linkTo('audit', [], { ...Object.fromEntries(query), [name]: value }));
  const filter = (name: string) => ({ value: query.get(name) ?? '', onChange: change(name) });
  return (
    <>
      <h1>What happened</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Words label="Rule" {...filter('rule')} />
        <Words label="Event or delivery id" {...filter('id')} />
        <Choice label="Partner" none="all" choices={partnerChoices()} {...filter('partner')} />
        <Choice label="Outcome" none="any" choices={OUTCOME_WORDS} {...filter('outcome')} />
        <Choice label="In" none="any time" choices={SINCE} {...filter('since')} />
        <button type="button" onClick={() => setAgain(again + 1)}>
          Look again
        </button>
      </form>
      <Attempts key={`${query}`} query={`${query}`} again={again} />
    </>
  );
}
