// Orders that wait for a second person: what each would do, and whether to approve it.
import type { ShownProposal, ShownProposals } from '../../facts/orders.ts';
import { useAsked } from '../ask.ts';
import { nowMs, overview } from '../feed.ts';
import { Failed, Stale } from '../parts/failed.tsx';
import { linkTo } from '../place.ts';
import { clock, number } from '../words.ts';
import { OrderForm, useActing } from './acting.tsx';
import { Cut } from './parts-of-orders.tsx';

export function ProposalsPage() {
  const asked = useAsked<ShownProposals>('/proposals', overview.value?.at);
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { proposals, total, waiting } = asked.value;
  return (
    <>
      <h1>
        {waiting === 0
          ? 'No proposal waits'
          : `${number(waiting)} ${waiting === 1 ? 'proposal waits' : 'proposals wait'}`}
      </h1>
      <Stale why={asked.why} />
      <Cut shown={proposals.length} total={total} />
      {proposals.length === 0 && (
        <p class="empty">What one person may not order alone becomes a proposal, which somebody else approves.</p>
      )}
      <ul class="orders">
        {proposals.map((one) => (
          <li key={one.id}>
            <Proposal one={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Proposal({ one }: { readonly one: ShownProposal }) {
  const { id, partner, kind, status, by, reason, at, expiresAt, records, digest, what, approvedBy, changed } = one;
  const { isBusy, why, act } = useActing();
  const path = `/proposals/${encodeURIComponent(id)}`;
  return (
    <section class={status === 'proposed' ? 'card drifts' : 'card'} aria-label={`Proposal ${id}`}>
      <h2>
        {kind} {id} for <a href={linkTo('partner', [partner])}>{partner}</a>
      </h2>
      <p class="cause">
        {status === 'proposed' ? `waits until ${clock(expiresAt, nowMs.value)}` : status}
        {approvedBy !== null && `, approved by ${approvedBy}`}; proposed by {by} at {clock(at, nowMs.value)}
        {reason && `: ${reason}`}
      </p>
      <details>
        <summary>{number(records)} records</summary>
        <ul class="in-cell">
          {what.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
        <p>
          digest <code>{digest}</code>
        </p>
      </details>
      {changed !== null && <p class="cause">It cannot be approved: it {changed}. Propose it anew.</p>}
      {one.mayApprove && (
        <OrderForm
          verb="Approve"
          typed={partner}
          isBusy={isBusy}
          onOrder={(said) => act(`${path}/approve`, { digest, ...said })}
        />
      )}
      {one.mayWithdraw && (
        <p class="pager">
          <button type="button" disabled={isBusy} onClick={() => act(`${path}/withdraw`, {})}>
            Withdraw
          </button>
          Somebody else has to approve it.
        </p>
      )}
      {why !== '' && <Failed why={why} />}
    </section>
  );
}
