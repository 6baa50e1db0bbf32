// When records were written, as bars; by mouse or keys one picks from where, and until when.
import { useEffect, useState } from 'preact/hooks';
import type { Timeline } from '../../facts/orders.ts';
import { nowMs } from '../feed.ts';
import { Failed } from '../parts/failed.tsx';
import { clock, number } from '../words.ts';
import { useActing } from './acting.tsx';

/** So much is picked to begin with: the last tenth of a topic that is full. */
const FIRST_BARS = 6;

interface PickerProps {
  readonly partner: string;
  readonly onRange: (range: { readonly since?: string; readonly until?: string }) => void;
}

export function TimelinePicker({ partner, onRange }: PickerProps) {
  const { isBusy, why, result, act } = useActing<Timeline>();
  // Opening it is what asks Kafka: a page that is looked at does not.
  if (!result)
    return (
      <>
        <p class="pager">
          <button
            type="button"
            disabled={isBusy}
            onClick={() => act(`/partners/${encodeURIComponent(partner)}/timeline`, {})}
          >
            Show what the topic holds
          </button>
          {isBusy && 'Looking…'}
        </p>
        {why !== '' && <Failed why={why} />}
      </>
    );
  if (result.bars.length === 0) return <p class="empty">{result.topic} holds no records.</p>;
  return <Picker timeline={result} onRange={onRange} />;
}

function Picker({
  timeline: { topic, bars, to },
  onRange,
}: { readonly timeline: Timeline } & Pick<PickerProps, 'onRange'>) {
  const last = bars.length;
  const [from, setFrom] = useState(Math.max(0, last - FIRST_BARS));
  const [until, setUntil] = useState(last);
  const timeAt = (at: number): string => bars[at]?.from ?? to;
  useEffect(() => {
    onRange({ since: timeAt(from), ...(until < last && { until: timeAt(until) }) });
  }, [from, until]);
  const most = Math.max(1, ...bars.map(({ records }) => records));
  const picked = bars.slice(from, until).reduce((sum, { records }) => sum + records, 0);
  const said = (at: number): string => clock(timeAt(at), nowMs.value);
  return (
    <div class="timeline">
      <div class="bars" aria-hidden="true">
        {bars.map(({ from: at, records }, index) => (
          // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the sliders below do the same by keys
          <span
            key={at}
            class={index >= from && index < until ? 'bar picked' : 'bar'}
            title={`${said(index)}: ${number(records)} records`}
            onClick={() => setFrom(Math.min(index, until - 1))}
          >
            <span style={{ height: `${Math.ceil((records / most) * 100)}%` }} />
          </span>
        ))}
      </div>
      <label>
        From {said(from)}
        <input
          type="range"
          min={0}
          max={last - 1}
          value={from}
          aria-valuetext={said(from)}
          onInput={({ currentTarget }) => setFrom(Math.min(Number(currentTarget.value), until - 1))}
        />
      </label>
      <label>
        Until {until === last ? 'where the partner is now' : said(until)}
        <input
          type="range"
          min={1}
          max={last}
          value={until}
          aria-valuetext={until === last ? 'where the partner is now' : said(until)}
          onInput={({ currentTarget }) => setUntil(Math.max(Number(currentTarget.value), from + 1))}
        />
      </label>
      <p role="status">
        {number(picked)} records of {topic} were written then.
      </p>
    </div>
  );
}
