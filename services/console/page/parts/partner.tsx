// One partner: how it is, what drifts there, who delivers to it, and what happened lately.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import type { ComponentChild } from 'preact';
import type { PartnerHistory } from '../../facts/history.ts';
import type { PartnerFacts } from '../../facts/overview.ts';
import { useAsked } from '../ask.ts';
import { nowMs, overview } from '../feed.ts';
import { linkTo } from '../place.ts';
import { Chart } from '../tools/chart.tsx';
import { clock, number } from '../words.ts';
import { Attempts } from './attempts.tsx';
import { Card } from './card.tsx';
import { Failed, Stale } from './failed.tsx';
import { SignatureTest } from './signature.tsx';
import { Table } from './table.tsx';

const COLUMNS = ['Partition', 'Worker', 'Position', 'End', 'Waiting', 'Why'] as const;

/** @property orders what can be ordered for it */
interface PartnerProps {
  readonly name: string;
  readonly orders: (status: PartnerStatus) => ComponentChild;
}

export function PartnerPage({ name, orders }: PartnerProps) {
  const asked = useAsked<PartnerFacts>(`/partners/${encodeURIComponent(name)}`, overview.value?.at);
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { card, status } = asked.value;
  return (
    <>
      <h1>Partner {name}</h1>
      <Stale why={asked.why} />
      <Card card={card} />
      <p>
        <a href={linkTo('lockstep', [], { partner: name })}>What drifts</a>
        {' · '}
        <a href={linkTo('lockstep', [], { partner: name, all: '1' })}>All its rules</a>
        {' · '}
        <a href={linkTo('audit', [], { partner: name })}>All that happened</a>
        {' · '}
        <a href={linkTo('letters', [], { partner: name })}>Dead letters</a>
        {' · '}
        <a href={linkTo('replay', [], { partner: name })}>Replay</a>
      </p>
      <LastHour name={name} />
      {status && orders(status)}
      {status && <Partitions status={status} />}
      <h2>Attempts</h2>
      <Attempts key={name} query={`${new URLSearchParams({ partner: name })}`} again={overview.value?.at} />
      <SignatureTest key={`${name} signature`} name={name} />
    </>
  );
}

/** How often it is asked: as often as there is something new. */
const STEP_MS = 10_000;

function LastHour({ name }: { readonly name: string }) {
  const path = `/partners/${encodeURIComponent(name)}/history`;
  const asked = useAsked<PartnerHistory>(path, Math.floor(nowMs.value / STEP_MS));
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { at, stepSeconds, since, p50Ms, p99Ms, deliveredPerSecond, failedPerSecond, waiting } = asked.value;
  const time = { at, stepSeconds };
  return (
    <>
      <h2>The last hour</h2>
      <Stale why={asked.why} />
      <p>
        Known since {clock(since, nowMs.value)}. Time runs from published to acknowledged; replays are left out of it.
      </p>
      <div class="charts">
        <Chart
          key={`${name} time`}
          title="Time to ack"
          unit="ms"
          {...time}
          lines={[
            { label: 'p99', values: p99Ms, color: '--link' },
            { label: 'p50', values: p50Ms, color: '--soft', dash: [6, 4] },
          ]}
        />
        <Chart
          key={`${name} rate`}
          title="Attempts"
          unit="a second"
          {...time}
          lines={[
            { label: 'delivered', values: deliveredPerSecond, color: '--good' },
            { label: 'failed', values: failedPerSecond, color: '--bad', dash: [6, 4] },
          ]}
        />
        <Chart
          key={`${name} waiting`}
          title="Waiting"
          unit="records"
          {...time}
          lines={[{ label: 'waiting', values: waiting, color: '--link' }]}
        />
      </div>
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
