// Where somebody is in the topic: the next offset of every partition, by partition number.

export type Vector = readonly number[];

/** Everything before `a` is also before `b`. */
export const isWithin = (a: Vector, b: Vector): boolean =>
  a.every((offset, partition) => offset <= (b[partition] ?? 0));

export const isSame = (a: Vector, b: Vector): boolean => a.every((offset, partition) => offset === b[partition]);

/** Grows with every record of any partition: orders the positions of one way through the topic. */
export const total = (vector: Vector): number => {
  let sum = 0;
  for (let partition = 0; partition < vector.length; partition += 1) sum += vector[partition] as number;
  return sum;
};
