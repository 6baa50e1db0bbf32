// A long list of cells, of which the console is asked for the piece in sight.
import type { ShownCell, ViewPiece } from '@ess/view/answer.ts';
import { useCallback, useRef, useState } from 'preact/hooks';
import type { Asked } from './ask.ts';
import { useAsked } from './ask.ts';

/** As many as some screens show: whoever scrolls a little asks nothing. */
const PIECE = 150;
/** A browser draws nothing that is higher than some 30 million pixels. */
export const ROWS_MAX = 100_000;

export interface Pieces {
  readonly asked: Asked<ViewPiece>;
  readonly rowAt: (index: number) => ShownCell | undefined;
  readonly onSight: (from: number, to: number) => void;
}

/** @param again asks anew when it changes */
export function usePieces(query: string, again: unknown): Pieces {
  const [from, setFrom] = useState(0);
  const now = useAsked<ViewPiece>(`/cells?${query}&from=${from}&limit=${PIECE}`, again);
  const here = useRef<Asked<ViewPiece>>(undefined);
  if (now.kind === 'here') here.current = now;
  // A piece that does not come takes nothing away of what is there.
  const asked = now.kind === 'failed' && here.current?.kind === 'here' ? { ...here.current, why: now.why } : now;
  const rowAt = (index: number) => (asked.kind === 'here' ? asked.value.cells[index - asked.value.from] : undefined);
  const onSight = useCallback((first: number, last: number) => {
    setFrom((before) => {
      const isHere = first >= before && last <= before + PIECE;
      return isHere ? before : Math.max(0, first - Math.floor((PIECE - (last - first)) / 2));
    });
  }, []);
  return { asked, rowAt, onSight };
}
