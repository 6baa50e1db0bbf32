// Pauses and resumes a partner.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { nowMs } from '../feed.ts';
import { may } from '../me.ts';
import { Failed } from '../parts/failed.tsx';
import { clock } from '../words.ts';
import { OrderForm, useActing } from './acting.tsx';

export function Pause({ partner, paused }: { readonly partner: string; readonly paused: PartnerStatus['paused'] }) {
  const { isBusy, why, act } = useActing();
  if (!may('pause', partner)) return null;
  const kind = paused ? 'resume' : 'pause';
  return (
    <details class="act">
      <summary>{paused ? 'Resume deliveries' : 'Pause deliveries'}</summary>
      {paused && (
        <p>
          Paused since {clock(paused.since, nowMs.value)} by {paused.by}
          {paused.reason && `: ${paused.reason}`}
        </p>
      )}
      <OrderForm
        verb={paused ? 'Resume' : 'Pause'}
        isBusy={isBusy}
        onOrder={({ reason }) => act(`/partners/${encodeURIComponent(partner)}/${kind}`, { reason })}
      />
      {why !== '' && <Failed why={why} />}
    </details>
  );
}
