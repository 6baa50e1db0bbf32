// Dead letters: grouped by partner and reason, one by one with the record whole, and what the filter says redriven or dropped.
import { useState } from 'preact/hooks';
import type { LetterGroup, LetterPlan, ShownLetter, ShownLetters, WholeLetter } from '../../facts/letters.ts';
import type { Given, ShownRedrive, ShownRedrives } from '../../facts/orders.ts';
import { useAsked } from '../ask.ts';
import { nowMs, overview } from '../feed.ts';
import { may } from '../me.ts';
import { Failed, Stale } from '../parts/failed.tsx';
import { Table } from '../parts/table.tsx';
import { linkTo } from '../place.ts';
import { clock, number } from '../words.ts';
import type { Said } from './acting.tsx';
import { OrderForm, Reason, useActing, Verdict } from './acting.tsx';
import { LetterFilter } from './letter-filter.tsx';
import { Cut, Parts } from './parts-of-orders.tsx';

export function LettersPage({ query }: { readonly query: URLSearchParams }) {
  const asked = useAsked<ShownLetters>(`/letters?${query}`, overview.value?.at);
  const partner = query.get('partner') ?? '';
  return (
    <>
      <h1>Dead letters</h1>
      <LetterFilter query={query} />
      {asked.kind === 'loading' && <p class="empty">Loading…</p>}
      {asked.kind === 'failed' && <Failed why={asked.why} />}
      {asked.kind === 'here' && <Stale why={asked.why} />}
      {asked.kind === 'here' && <Found key={`${query}`} found={asked.value} query={query} />}
      <Redrives partner={partner} />
    </>
  );
}

const GROUPS = ['Partner', 'Parked for', 'Letters', 'First', 'Last'] as const;
const LETTERS = ['Parked', 'Partner', 'Rule', 'For', 'Detail', 'Tries', 'Record'] as const;

function Found({ found, query }: { readonly found: ShownLetters; readonly query: URLSearchParams }) {
  const { total, expired, since, ageSeconds, isUnsure } = found;
  const isParked = (query.get('state') ?? '') === '';
  const isOld = ageSeconds > 10;
  return (
    <>
      {isOld && <p class="old">As of {number(Math.round(ageSeconds))} s ago: Kafka is away.</p>}
      {since !== null && <p class="cause">Only the newest are kept here: those since {clock(since, nowMs.value)}.</p>}
      {isUnsure && <p class="cause">Orders cannot be read: what is on its way again is among these.</p>}
      {isParked && expired > 0 && (
        <p class="cause">
          <a href={linkTo('letters', [], { ...Object.fromEntries(query), state: 'expired' })}>
            {number(expired)} {expired === 1 ? 'letter is' : 'letters are'} no longer in the topic
          </a>
          : retention has taken {expired === 1 ? 'it' : 'them'}, and a redrive cannot send{' '}
          {expired === 1 ? 'it' : 'them'}. A replay sends a rule while its own topic has it.
        </p>
      )}
      {total === 0 ? (
        <p class="empty">
          {isParked ? 'No dead letter is parked' : 'No dead letter is like that'}
          {isOld || since !== null ? ', as far as is known here.' : '.'}
        </p>
      ) : (
        <Letters found={found} query={query} />
      )}
    </>
  );
}

function Letters({
  found: { groups, letters, total },
  query,
}: {
  readonly found: ShownLetters;
  readonly query: URLSearchParams;
}) {
  const partner = query.get('partner') ?? '';
  const isParked = (query.get('state') ?? '') === '';
  return (
    <>
      <Table
        label="By partner and reason"
        columns={GROUPS}
        heading={1}
        rows={groups.map((one) => groupRow(one, query))}
      />
      {isParked && (may('redrive', partner) || may('drop', partner)) && <Orders partner={partner} query={query} />}
      {isParked && partner === '' && <p>Choose a partner to redrive or drop its letters.</p>}
      <h2>{total > letters.length ? `The newest ${letters.length} of ${number(total)}` : 'One by one'}</h2>
      <Table label="Dead letters" columns={LETTERS} heading={2} rows={letters.map(letterRow)} />
    </>
  );
}

const groupRow = ({ partner, reason, letters, first, last }: LetterGroup, query: URLSearchParams) => ({
  key: `${partner} ${reason}`,
  cells: [
    <a href={linkTo('letters', [], { ...Object.fromEntries(query), partner })}>{partner}</a>,
    <a href={linkTo('letters', [], { ...Object.fromEntries(query), partner, reason })}>{reason}</a>,
    number(letters),
    clock(first, nowMs.value),
    clock(last, nowMs.value),
  ],
});

const letterRow = (one: ShownLetter) => ({
  key: one.place,
  cells: [
    clock(one.parkedAt, nowMs.value),
    <a href={linkTo('partner', [one.partner])}>{one.partner}</a>,
    one.ruleId === null ? (
      'unreadable'
    ) : (
      <a href={linkTo('rule', [one.ruleId])}>{`${one.ruleId} v${one.version ?? '?'}`}</a>
    ),
    one.reason,
    one.detail,
    one.times > 0 ? `${one.attempts}, redriven ${one.times} times` : one.attempts,
    may('payload', one.partner) ? <Whole one={one} /> : one.position,
  ],
});

function Whole({ one }: { readonly one: ShownLetter }) {
  const [reason, setReason] = useState('');
  const { result, why, isBusy, act } = useActing<WholeLetter>();
  return (
    <details>
      <summary>{one.position}</summary>
      {!result && (
        <form
          class="filters"
          onSubmit={(event) => {
            event.preventDefault();
            act(`/partners/${encodeURIComponent(one.partner)}/letters/show`, { place: one.place, reason });
          }}
        >
          <Reason value={reason} onReason={setReason} />
          <button type="submit" disabled={isBusy}>
            Show the record
          </button>
        </form>
      )}
      {why !== '' && <Failed why={why} />}
      {result && (
        <>
          <dl class="ids">
            <div>
              <dt>key</dt>
              <dd>{result.key ?? 'none'}</dd>
            </div>
            {Object.entries(result.headers).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value ?? ''}</dd>
              </div>
            ))}
          </dl>
          {result.unreadable !== null && <p class="cause">{result.unreadable}</p>}
          {result.record !== null && <pre class="json">{result.record}</pre>}
          {result.valueBase64 !== null && (
            <details>
              <summary>as it was parked, base64</summary>
              <pre class="json">{result.valueBase64}</pre>
            </details>
          )}
        </>
      )}
    </details>
  );
}

function Orders({ partner, query }: { readonly partner: string; readonly query: URLSearchParams }) {
  const plan = useActing<LetterPlan>(true);
  const given = useActing<Given>();
  const path = `/partners/${encodeURIComponent(partner)}/letters`;
  const { partner: _, state: __, ...filter } = Object.fromEntries(query) as Record<string, string>;
  const look = (kind: 'redrive' | 'drop'): void => {
    given.reset();
    plan.act(`${path}/plan`, { ...filter, kind });
  };
  return (
    <section class="card" aria-label={`What to do with these letters of ${partner}`}>
      <p class="pager">
        <button type="button" disabled={plan.isBusy || !may('redrive', partner)} onClick={() => look('redrive')}>
          Redrive what the filter says
        </button>
        <button type="button" disabled={plan.isBusy || !may('drop', partner)} onClick={() => look('drop')}>
          Drop what the filter says
        </button>
      </p>
      {plan.why !== '' && <Failed why={plan.why} />}
      {plan.result && !given.result && (
        <Planned plan={plan.result} given={given} onOrder={(body) => given.act(`${path}/${plan.result?.kind}`, body)} />
      )}
      {given.result && <Verdict given={given.result} />}
    </section>
  );
}

interface PlannedProps {
  readonly plan: LetterPlan;
  readonly given: { readonly isBusy: boolean; readonly why: string };
  readonly onOrder: (body: Said & { readonly id: string }) => void;
}

function Planned({ plan, given, onOrder }: PlannedProps) {
  const { id, partner, kind, letters, digest, byReason, elsewhere, guarded, beyond, shortened, needs } = plan;
  const rest = [
    elsewhere > 0 && `${number(elsewhere)} are of a topic that ${partner} does not read any more`,
    guarded > 0 && `${number(guarded)} were redriven too often and are left aside`,
    beyond > 0 && `${number(beyond)} more than one order takes`,
    shortened > 0 && `${number(shortened)} were too large to be kept whole`,
  ].filter((one) => one !== false);
  if (letters === 0)
    return (
      <p role="status">
        There is nothing to {kind}. {rest.join('; ')}
      </p>
    );
  return (
    <>
      <p class="verdict" role="status">
        {number(letters)} {letters === 1 ? 'letter' : 'letters'}:{' '}
        {Object.entries(byReason)
          .map(([reason, count]) => `${number(count)} ${reason}`)
          .join(', ')}
        . What arrives later is not among them.
      </p>
      <p>
        The set is <code>{digest.slice(0, 12)}</code>. {rest.join('; ')}
      </p>
      {needs !== null && <p class="cause">A second person has to approve it: {needs}.</p>}
      <OrderForm
        verb={`${needs === null ? '' : 'Propose to '}${kind} ${number(letters)}`}
        {...(kind === 'drop' && { typed: partner })}
        isBusy={given.isBusy}
        onOrder={(said) => onOrder({ id, ...said })}
      />
      {given.why !== '' && <Failed why={given.why} />}
    </>
  );
}

const REDRIVES = ['When', 'Partner', 'What', 'Status', 'Letters', 'Settled', 'Refused again', 'By'] as const;

function Redrives({ partner }: { readonly partner: string }) {
  const path = `/redrives?${new URLSearchParams(partner ? { partner } : {})}`;
  const asked = useAsked<ShownRedrives>(path, overview.value?.at);
  if (asked.kind !== 'here') return asked.kind === 'failed' ? <Failed why={asked.why} /> : null;
  const { redrives, total } = asked.value;
  if (redrives.length === 0) return null;
  return (
    <>
      <h2>Redrives and drops</h2>
      <Stale why={asked.why} />
      <Cut shown={redrives.length} total={total} />
      <Table
        label="Redrives and drops"
        columns={REDRIVES}
        heading={2}
        rows={redrives.map((one) => ({
          key: one.id,
          cells: [
            clock(one.at, nowMs.value),
            one.partner,
            one.id,
            <>
              {one.status === 'running' ? <Running one={one} /> : one.status}
              {one.partitions.some(({ refused }) => refused) && <Parts parts={one.partitions} />}
            </>,
            number(Math.max(one.selected, one.redriven + one.passed + one.failed)),
            number(one.redriven + one.passed),
            number(one.failed),
            one.reason === null ? one.by : `${one.by}: ${one.reason}`,
          ],
        }))}
      />
    </>
  );
}

function Running({ one }: { readonly one: ShownRedrive }) {
  const { act, isBusy, why } = useActing();
  return (
    <>
      runs{' '}
      <button
        type="button"
        disabled={isBusy || !may(one.kind, one.partner)}
        onClick={() => act(`/redrives/${encodeURIComponent(one.id)}/cancel`, {})}
      >
        Cancel
      </button>
      {why}
    </>
  );
}
