// Which dead letters are shown; the filter is a part of the address.
import { Choice, fieldsOf, partnerChoices, Words } from '../parts/filters.tsx';

const STATES = {
  redriving: 'on their way again',
  redriven: 'redriven',
  superseded: 'superseded',
  skipped: 'not needed any more',
  dropped: 'dropped',
  expired: 'no longer in the topic',
};
const SINCE = { '1h': 'the last hour', '1d': 'the last day', '7d': 'the last week' };

export function LetterFilter({ query }: { readonly query: URLSearchParams }) {
  const field = fieldsOf('letters', query);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <Choice label="Partner" none="all" choices={partnerChoices()} {...field('partner')} />
      <Words label="Parked for" {...field('reason')} />
      <Words label="Rule" {...field('rule')} />
      <Choice label="State" none="parked" choices={STATES} {...field('state')} />
      <Choice label="In" none="any time" choices={SINCE} {...field('since')} />
    </form>
  );
}
