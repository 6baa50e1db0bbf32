// A question that is asked again and again, one at a time: an answer that takes longer than the next wish for one arrives all the same.

/** @returns asks; while an answer is awaited, once more after it. @param ask never rejects */
export function repeated(ask: () => Promise<void>): () => void {
  let isAsking = false;
  let isWanted = false;
  return function again(): void {
    isWanted = isAsking;
    if (isAsking) return;
    isAsking = true;
    void ask().then(() => {
      isAsking = false;
      if (isWanted) again();
    });
  };
}
