// Wall-clock microseconds that processes of one machine can compare.

/** Microseconds since 1970; advances monotonically within a process. */
export const nowUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);
