/**
 * The list from another element on each time. Of the partitions of a fetch Kafka sends a record that is larger than what was
 * asked for only from the first that has anything at all: while those before it are busy, one that is never first stands.
 */
export const inTurn = <T>(list: readonly T[], turn: number): T[] => {
  const from = list.length === 0 ? 0 : turn % list.length;
  return from === 0 ? [...list] : [...list.slice(from), ...list.slice(0, from)];
};
