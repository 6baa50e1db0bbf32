// What was measured, for `plan.ts` to calculate with: two cores, one broker of Kafka, rules of 500 bytes, partners that answer at once.
// `npm run bench -- CAPACITY` measures the costs anew; the limits say which command has reached them.

/** CPU of a worker process for one delivery, µs, at so many deliveries a second in that process. */
export const WORKER_CPU_US: ReadonlyArray<readonly [perSecond: number, us: number]> = [
  [20, 4_967],
  [200, 2_047],
  [1_000, 791],
  [4_000, 277],
];
/** Of a worker process that has nothing to do. */
export const IDLE_CORES = 0.036;
/** CPU of the broker for one delivery, µs, at so many deliveries a second in all: rows written, rules read, offsets committed. */
export const BROKER_CPU_US: ReadonlyArray<readonly [perSecond: number, us: number]> = [
  [20, 13_067],
  [200, 2_443],
  [1_000, 533],
  [4_000, 111],
];
/** Of ess.audit and ess.delivery-state together, before compaction. */
export const ROW_BYTES = 740;
/** Of a worker process with one partner, and for each more. `npm run bench -- S6` */
export const PROCESS_MB = 335;
export const PARTNER_MB = 3;
/** Of the view, for a rule at a partner. `npm run bench -- FRESH` */
export const CELL_BYTES = 265;

/** For 15 minutes, nothing lost, memory flat. `npm run bench -- SOAK` */
export const PROCESS_PER_SECOND = 5_000;
/** In one process, 787 MB. `npm run bench -- S6` */
export const PROCESS_PARTNERS = 200;
/** Rules at partners in one view, 530 MB. `npm run bench -- FRESH` */
export const VIEW_CELLS = 2_000_000;
/** Not measured here: what a broker with a network of 10 Gbit/s and other work sends without pains. */
export const BROKER_SENDS_MB = 250;
/** Not measured here: the cores and the disk of a usual broker. */
export const BROKER_CORES = 16;
export const BROKER_DISK_GB = 10_000;
/** Not measured here: the consumer groups that one broker coordinates without pains. */
export const BROKER_GROUPS = 1_000;
