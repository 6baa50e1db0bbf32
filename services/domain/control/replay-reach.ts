// How far back in time a replay can reach: to the oldest records that retention has left.

export interface LogStart {
  /** First offset that retention has left. */
  readonly low: number;
  /** When the first record was written, ms since 1970; undefined: there is none. */
  readonly firstMs: number | undefined;
}

export interface ReplayReach {
  /** Everything that was written since then is there, ms since 1970; undefined: there is nothing to replay. */
  readonly sinceMs: number | undefined;
  /** Something was there before, and retention has taken it. */
  readonly isCut: boolean;
}

/** @param partitions of the source: the one that retention has cut last says since when all of them are whole */
export function replayReach(partitions: Iterable<LogStart>): ReplayReach {
  const starts = [...partitions].flatMap(({ low, firstMs }) => (firstMs === undefined ? [] : [{ low, firstMs }]));
  const cut = starts.filter(({ low }) => low > 0);
  if (cut.length > 0) return { sinceMs: Math.max(...cut.map(({ firstMs }) => firstMs)), isCut: true };
  if (starts.length === 0) return { sinceMs: undefined, isCut: false };
  return { sinceMs: Math.min(...starts.map(({ firstMs }) => firstMs)), isCut: false };
}
