// Something that is ordered: once, however often somebody clicks; and what came of it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Given } from '../../facts/orders.ts';
import { post, wordsOf } from '../ask.ts';
import { linkTo } from '../place.ts';

export interface Acting<T> {
  readonly isBusy: boolean;
  /** What went wrong; empty: nothing. */
  readonly why: string;
  readonly result: T | undefined;
  act(path: string, body: object): void;
  /** What came of it is forgotten. */
  reset(): void;
}

/** @param isLook it gives no order: whoever leaves, or chooses anew, ends it */
export function useActing<T>(isLook = false): Acting<T> {
  const [state, setState] = useState<{ isBusy: boolean; why: string; result: T | undefined }>({
    ...{ isBusy: false, why: '', result: undefined },
  });
  /** What is forgotten is not told when it comes. */
  const turn = useRef(0);
  const over = useRef(new AbortController());
  const end = (): void => {
    if (isLook) over.current.abort();
  };
  useEffect(() => end, []);
  return {
    ...state,
    act: (path, body) => {
      if (state.isBusy) return;
      turn.current += 1;
      const own = turn.current;
      setState({ isBusy: true, why: '', result: undefined });
      over.current = new AbortController();
      post<T>(path, body, over.current.signal).then(
        (result) => {
          if (own === turn.current) setState({ isBusy: false, why: '', result });
        },
        (error: unknown) => {
          if (own === turn.current) setState({ isBusy: false, why: wordsOf(error), result: undefined });
        },
      );
    },
    reset: () => {
      turn.current += 1;
      end();
      setState({ isBusy: false, why: '', result: undefined });
    },
  };
}

/** What came of an order. */
export function Verdict({ given: { id, status } }: { readonly given: Given }) {
  return (
    <p class="verdict" role="status">
      {status === 'proposed' ? (
        <>
          Proposed as {id}: <a href={linkTo('proposals')}>somebody else has to approve it</a>.
        </>
      ) : (
        `Ordered as ${id}.`
      )}
    </p>
  );
}

interface ReasonProps {
  readonly value: string;
  readonly onReason: (reason: string) => void;
}

export function Reason({ value, onReason }: ReasonProps) {
  return (
    <label>
      Why (goes on record)
      <input value={value} maxLength={500} onInput={({ currentTarget }) => onReason(currentTarget.value)} />
    </label>
  );
}

interface OrderFormProps {
  /** What is done, on the button. */
  readonly verb: string;
  /** Has to be typed; absent: nothing has to. */
  readonly typed?: string;
  readonly isBusy: boolean;
  /** @param confirm what was typed; absent: nothing has to be */
  readonly onOrder: (said: Said) => void;
}

/** As the routes take it. */
export interface Said {
  readonly reason: string;
  readonly confirm?: string;
}

/** A button that asks for a reason, and for a name that has to be typed where it does much. */
export function OrderForm({ verb, typed, isBusy, onOrder }: OrderFormProps) {
  const [reason, setReason] = useState('');
  const [name, setName] = useState('');
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        onOrder({ reason, ...(typed !== undefined && { confirm: name }) });
      }}
    >
      <Reason value={reason} onReason={setReason} />
      {typed !== undefined && (
        <label>
          Type {typed} to confirm
          <input value={name} autocomplete="off" onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
      )}
      <button type="submit" disabled={isBusy || (typed !== undefined && name !== typed)}>
        {verb}
      </button>
    </form>
  );
}
