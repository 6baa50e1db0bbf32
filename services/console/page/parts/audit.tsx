// What happened, by rule, partner, outcome, id and time. The filters are part of the address.
import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { OUTCOME_WORDS } from '../words.ts';
import { Attempts } from './attempts.tsx';
import { Choice, fieldsOf, partnerChoices, Words } from './filters.tsx';

const SINCE = {
  '15m': 'the last quarter of an hour',
  '1h': 'the last hour',
  '1d': 'the last day',
  '7d': 'the last week',
};

/** @property beside what else can be done with what is found */
interface AuditProps {
  readonly query: URLSearchParams;
  readonly beside: ComponentChild;
}

export function Audit({ query, beside }: AuditProps) {
  const [again, setAgain] = useState(0);
  const field = fieldsOf('audit', query);
  return (
    <>
      <h1>What happened</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Words label="Rule" {...field('rule')} />
        <Words label="Event or delivery id" {...field('id')} />
        <Choice label="Partner" none="all" choices={partnerChoices()} {...field('partner')} />
        <Choice label="Outcome" none="any" choices={OUTCOME_WORDS} {...field('outcome')} />
        <Choice label="In" none="any time" choices={SINCE} {...field('since')} />
        <button type="button" onClick={() => setAgain(again + 1)}>
          Look again
        </button>
      </form>
      {beside}
      <Attempts key={`${query}`} query={`${query}`} again={again} />
    </>
  );
}
