// What happened, newest first, and how far back it was looked for.
import { useState } from 'preact/hooks';
import type { ShownAttempt } from '../../facts/attempts.ts';
import type { Looking } from '../attempts.ts';
import { useAttempts } from '../attempts.ts';
import { nowMs } from '../feed.ts';
import { may } from '../me.ts';
import { linkTo } from '../place.ts';
import { LongTable } from '../tools/long-table.tsx';
import { clock, number, OUTCOME_WORDS } from '../words.ts';
import { Failed } from './failed.tsx';

const COLUMNS = ['When', 'Partner', 'Rule', 'Outcome', 'Answer', 'Try', 'Took', 'Why', 'Ids'] as const;
const ROWS = 100;
/** What has been looked up so far that is looked up again while somebody looks: more would be a question for every piece, each second. */
const FRESH_MAX = 200;

/** @param again looks anew when it changes */
export function Attempts({ query, again }: { readonly query: string; readonly again: unknown }) {
  const [wanted, setWanted] = useState(ROWS);
  const looking = useAttempts(query, wanted, wanted > FRESH_MAX ? '' : again);
  const { attempts, last, isLooking, why } = looking;
  const onSight = (_from: number, to: number): void => {
    if (last?.next && to > attempts.length - ROWS / 2) setWanted(Math.max(wanted, attempts.length + ROWS));
  };
  return (
    <>
      {attempts.length > 0 && (
        <LongTable
          label="Attempts"
          columns={COLUMNS}
          heading={0}
          count={attempts.length}
          onSight={onSight}
          rowAt={(index) => {
            const one = attempts[index];
            return one && rowOf(one);
          }}
        />
      )}
      {why !== '' && <Failed why={why} />}
      <p class="pager" role="status">
        {isLooking ? `Looking…${last?.lookedBackTo ? ` back to ${time(last.lookedBackTo)}` : ''}` : reachOf(looking)}
        {!isLooking && last?.next && (
          <button type="button" onClick={() => setWanted(attempts.length + ROWS)}>
            More
          </button>
        )}
      </p>
    </>
  );
}

const time = (at: string): string => clock(at, nowMs.value);

function reachOf({ attempts, last }: Looking): string {
  if (!last) return '';
  if (last.lookedBackTo) return `The newest ${attempts.length}, back to ${time(last.lookedBackTo)}.`;
  const found = attempts.length === 0 ? 'Nothing is like that' : 'That is all';
  return last.reachesBackTo
    ? `${found}, as far back as the audit is indexed: ${time(last.reachesBackTo)}.`
    : 'Nothing has happened yet.';
}

const rowOf = (one: ShownAttempt) => ({
  key: one.key,
  cells: [
    <span title={one.at}>{time(one.at)}</span>,
    <a href={linkTo('partner', [one.partner])}>{one.partner}</a>,
    one.ruleId === null ? '–' : <a href={linkTo('rule', [one.ruleId])}>{`${one.ruleId} v${one.version ?? '?'}`}</a>,
    OUTCOME_WORDS[one.outcome],
    one.status ?? '–',
    one.attempt === 0 ? '–' : one.attempt,
    one.durationMs === null ? '–' : `${number(Math.round(one.durationMs))} ms`,
    one.reason ?? '',
    <Ids one={one} />,
  ],
});

/** What names it elsewhere: in the partner's log, in Kafka and in a trace. */
function Ids({ one }: { readonly one: ShownAttempt }) {
  const ids = {
    delivery: one.deliveryId,
    event: one.eventId,
    position: one.position,
    worker: one.worker,
    replay: one.replayId,
    'body digest': one.bodyDigest,
  };
  return (
    <details>
      <summary>ids</summary>
      <dl class="ids">
        {Object.entries(ids).map(
          ([name, id]) =>
            id && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{id}</dd>
              </div>
            ),
        )}
      </dl>
      {one.attempt > 0 && may('payload', one.partner) && (
        <a href={linkTo('record', [one.partner, one.position], { digest: one.bodyDigest ?? '' })}>
          The record, and its body made again
        </a>
      )}
    </details>
  );
}
