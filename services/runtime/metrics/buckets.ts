// The bounds of histograms, s. They are series of each partner: as few as tell what is asked of them.

/** From publish to ack it takes 2 ms where nothing waits, and 500 ms is what is promised (EssSloBurn). */
export const LATENCY_BUCKETS_SECONDS = [
  0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200,
];

/** Eight stages of each partner: how long they took together is the question, and whether a few took very long. */
export const STAGE_BUCKETS_SECONDS = [0.001, 0.005, 0.05, 0.5, 5, 60];
