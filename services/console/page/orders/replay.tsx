// Replays: those that were ordered and how far they are, and a new one: picked on a timeline, previewed, confirmed.
import { useState } from 'preact/hooks';
import type { Given, ReplayPlan, ShownReplay, ShownReplays } from '../../facts/orders.ts';
import { useAsked } from '../ask.ts';
import { nowMs, overview } from '../feed.ts';
import { may } from '../me.ts';
import { Failed, Stale } from '../parts/failed.tsx';
import { Choice, fieldsOf, partnerChoices } from '../parts/filters.tsx';
import { Table } from '../parts/table.tsx';
import { linkTo } from '../place.ts';
import { clock, duration, number } from '../words.ts';
import type { Said } from './acting.tsx';
import { OrderForm, useActing, Verdict } from './acting.tsx';
import { Cut, Parts } from './parts-of-orders.tsx';
import { TimelinePicker } from './timeline.tsx';

export function ReplayPage({ query }: { readonly query: URLSearchParams }) {
  const partner = query.get('partner') ?? '';
  const field = fieldsOf('replay', query);
  return (
    <>
      <h1>Replay</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Partner" none="choose one" choices={partnerChoices()} {...field('partner')} />
      </form>
      {partner !== '' && mayReplay(partner) && <NewReplay key={partner} partner={partner} />}
      <h2>Replays that were ordered</h2>
      <Replays partner={partner} />
    </>
  );
}

/** A partner at its own window asks for one. */
const mayReplay = (partner: string): boolean => may('replay', partner) || may('ask', partner);

function NewReplay({ partner }: { readonly partner: string }) {
  const [range, setRange] = useState<{ readonly since?: string; readonly until?: string }>({});
  const [isCurrent, setCurrent] = useState(false);
  const [key, setKey] = useState('');
  const preview = useActing<ReplayPlan>(true);
  const given = useActing<Given>();
  const path = `/partners/${encodeURIComponent(partner)}/replays`;
  const ask = isCurrent ? { current: true } : range;
  const what = isCurrent ? 'Every rule in force when it runs' : rangeWords(range);
  /** What was counted before is of another choice, and cannot be ordered any more. */
  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      preview.reset();
      given.reset();
      set(value);
    };
  return (
    <section class="card" aria-label={`A replay to ${partner}`}>
      {!isCurrent && <TimelinePicker partner={partner} onRange={changed(setRange)} />}
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          given.reset();
          preview.act(`${path}/preview`, { ...ask, clamp: true, ...(key !== '' && { key }) });
        }}
      >
        <label class="check">
          <input
            type="checkbox"
            checked={isCurrent}
            onChange={({ currentTarget }) => changed(setCurrent)(currentTarget.checked)}
          />
          every rule in force instead, each once
        </label>
        <label>
          Only the rule
          <input type="search" value={key} onInput={({ currentTarget }) => changed(setKey)(currentTarget.value)} />
        </label>
        <button type="submit" disabled={preview.isBusy || (!isCurrent && range.since === undefined)}>
          Preview
        </button>
      </form>
      {preview.isBusy && <p role="status">Counting what it would send…</p>}
      {preview.why !== '' && <Failed why={preview.why} />}
      {preview.result && !given.result && (
        <Planned
          plan={preview.result}
          what={`${what}${key === '' ? '' : `, only ${key}`}`}
          given={given}
          onOrder={(body) => given.act(path, body)}
        />
      )}
      {given.result && <Verdict given={given.result} />}
    </section>
  );
}

function rangeWords({ since, until }: { readonly since?: string; readonly until?: string }): string {
  const said = (at: string): string => clock(at, nowMs.value);
  return `From ${since ? said(since) : 'the beginning'} until ${until ? said(until) : 'where the partner is now'}`;
}

interface PlannedProps {
  readonly plan: ReplayPlan;
  /** What was counted, in words. */
  readonly what: string;
  readonly given: { readonly isBusy: boolean; readonly why: string };
  readonly onOrder: (body: Said & { readonly id: string }) => void;
}

const COLUMNS = ['Partition', 'Before', 'After', 'Until', 'Records', 'In scope', 'Superseded', 'Retention'] as const;

function Planned({ plan: { id, partner, preview, needs }, what, given, onOrder }: PlannedProps) {
  const { records, inScope, superseded, etaSeconds, partitions, isMore } = preview;
  if (records === 0 && !isMore) return <p role="status">There is nothing to replay in that time.</p>;
  return (
    <>
      <p class="verdict" role="status">
        {what}: {isMore && 'at least '}
        {number(records)} records, {number(inScope)} of them for {partner}, {number(superseded)} superseded since;{' '}
        {isMore
          ? 'they were counted no further, and all are sent'
          : etaSeconds === null
            ? 'no worker has measured yet how long that takes'
            : `about ${duration(Math.ceil(etaSeconds))}`}
        .
      </p>
      <Table
        label="What moves"
        columns={COLUMNS}
        heading={0}
        rows={partitions.map((one) => ({
          key: String(one.partition),
          cells: [
            one.partition,
            number(one.before),
            one.after === one.before ? 'stays' : number(one.after),
            number(one.until),
            number(one.records),
            number(one.inScope),
            number(one.superseded),
            one.cutTo === null ? '–' : `begins at ${one.cutTo}: the rest has expired`,
          ],
        }))}
      />
      {needs !== null && <p class="cause">A second person has to approve it: {needs}.</p>}
      <OrderForm
        verb={needs === null ? 'Replay' : 'Propose the replay'}
        typed={partner}
        isBusy={given.isBusy}
        onOrder={(said) => onOrder({ id, ...said })}
      />
      {given.why !== '' && <Failed why={given.why} />}
    </>
  );
}

function Replays({ partner }: { readonly partner: string }) {
  const asked = useAsked<ShownReplays>(
    `/replays?${new URLSearchParams(partner ? { partner } : {})}`,
    overview.value?.at,
  );
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { replays, total } = asked.value;
  return (
    <>
      <Stale why={asked.why} />
      <Cut shown={replays.length} total={total} />
      {replays.length === 0 && <p class="empty">No replay was ordered.</p>}
      <ul class="orders">
        {replays.map((one) => (
          <li key={one.id}>
            <Replay one={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Replay({ one }: { readonly one: ShownReplay }) {
  const { id, partner, status, by, at, reason, done, records, partitions } = one;
  const stop = useActing();
  const isRunning = status.startsWith('running');
  return (
    <section class="card" aria-label={`Replay ${id}`}>
      <p>
        <strong>{id}</strong> to <a href={linkTo('partner', [partner])}>{partner}</a>: {status}, {number(records)}{' '}
        records; ordered by {by} at {clock(at, nowMs.value)}
        {reason && `: ${reason}`}
      </p>
      <Parts parts={partitions} />
      {isRunning && may('replay', partner) && (
        <>
          <progress max={1} value={done} aria-label={`How far ${id} is`} /> {Math.floor(done * 100)} %
          <p class="pager">
            {(['cancel', 'undo'] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                disabled={stop.isBusy}
                onClick={() => stop.act(`/replays/${encodeURIComponent(id)}/${kind}`, { reason: '' })}
              >
                {kind === 'cancel' ? 'Cancel: what is left is not sent again' : 'Undo: every position returns'}
              </button>
            ))}
          </p>
        </>
      )}
      {stop.why !== '' && <Failed why={stop.why} />}
    </section>
  );
}
