// One partner: how it is, what drifts there, who delivers to it, and what happened lately.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import type { PartnerFacts } from '../../facts/overview.ts';
import { useAsked } from '../ask.ts';
import { overview } from '../feed.ts';
import { linkTo } from '../place.ts';
import { number } from '../words.ts';
import { Attempts } from './attempts.tsx';
import { Card } from './card.tsx';
import { Failed } from './failed.tsx';
import { Table } from './table.tsx';

const COLUMNS = ['Partition', 'Worker', 'Position', 'End', 'Waiting', 'Why'] as const;

export function PartnerPage({ name }: { readonly name: string }) {
  const asked = useAsked<PartnerFacts>(`/partners/${encodeURIComponent(name)}`, overview.value?.at);
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { card, status } = asked.value;
  return (
    <>
      <h1>Partner {name}</h1>
      <Card card={card} />
      <p>
        <a href={linkTo('lockstep', [], { partner: name })}>What drifts</a>
        {' · '}
        <a href={linkTo('lockstep', [], { partner: name, all: '1' })}>All its rules</a>
        {' · '}
        <a href={linkTo('audit', [], { partner: name })}>All that happened</a>
      </p>
      {status && <Partitions status={status} />}
      <h2>Attempts</h2>
      <Attempts key={name} query={`${new URLSearchParams({ partner: name })}`} again={overview.value?.at} />
    </>
  );
}

function Partitions({ status: { topic, workers, partitions, perSecond } }: { readonly status: PartnerStatus }) {
  const busy = partitions.filter(({ lag, worker }) => lag > 0 || worker === null);
  return (
    <>
      <h2>Delivery</h2>
      <p>
        {`${number(workers.length)} ${workers.length === 1 ? 'worker delivers' : 'workers deliver'} ${number(partitions.length)} partitions of ${topic}, ${number(perSecond)} records a second.`}
        {busy.length === 0 && ' Nothing waits.'}
      </p>
      {busy.length > 0 && (
        <Table
          label="Partitions where something waits"
          columns={COLUMNS}
          heading={0}
          rows={busy.map(({ partition, worker, position, end, lag, cause }) => ({
            key: String(partition),
            cells: [partition, worker ?? 'none', number(position), number(end), number(lag), cause ?? '–'],
          }))}
        />
      )}
    </>
  );
}
