/**
 * The list from another element on each time. A record that is larger than a fetch asked for is sent only from the first
 * partition that has anything at all. While those before it are busy, a partition that is never first stands.
 */
export const inTurn = <T>(list: readonly T[], turn: number): T[] => {
  const from = list.length === 0 ? 0 : turn % list.length;
  return from === 0 ? [...list] : [...list.slice(from), ...list.slice(0, from)];
};
