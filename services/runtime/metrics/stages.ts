// Where the time of a delivery goes: the stages of a record from its topic to its ack, and the moments between them. A moment is
// one number, so that a record costs no more than that.

/** In the order in which they are passed. Together they are the whole way; only the first one crosses clocks. */
export const STAGES = {
  kafkaAcrossClocks:
    "in the topic, from the record's timestamp to its intake: Kafka, and whatever kept it from being taken in (a hold, a pause, a full backlog, no worker); the one stage between two clocks, the publisher's (or the broker's) and the worker's",
  lane: 'from intake to the first attempt: earlier records of the rule, a free slot, a hold, a pause, a rate limit',
  retry: 'from the first attempt to the last: attempts that failed, and the waits between them',
  mapping: 'mapped, signed, gathered into a batch where there are batches, and a token fetched where one is due',
  connect: 'until the request is written: a free connection, or a new one with its name, TCP and TLS',
  firstByte: "from the request to the head of the answer: the network and the partner's own time",
  answer: 'from the head of the answer to its end',
  row: 'from the answer until Kafka has acknowledged the audit row',
} as const;

export type Stage = keyof typeof STAGES;

/**
 * Whose time a stage is. A hold or a pause counts as ours where the record waits in its lane, whoever is to blame for that. What it
 * waits in the topic is nobody's: a full backlog leaves it there as a slow broker does.
 */
export const OWNERS: Readonly<Record<Stage, 'in the topic' | 'Kafka' | 'us' | 'network' | 'partner'>> = {
  kafkaAcrossClocks: 'in the topic',
  lane: 'us',
  retry: 'partner',
  mapping: 'us',
  connect: 'network',
  firstByte: 'partner',
  answer: 'partner',
  row: 'Kafka',
};

export const STAGE_NAMES = Object.keys(STAGES) as readonly Stage[];

/** Moments of one record, ms of the worker's monotonic clock; 0: it has not come so far. */
export interface Moments {
  /** What the record had waited in Kafka at `takenAt`, ms between two clocks; 0 where these say that it came from the future. */
  waitedMs: number;
  takenAt: number;
  firstBegunAt: number;
  begunAt: number;
  sentAt: number;
  writtenAt: number;
  headAt: number;
  answeredAt: number;
}

/** Those that an audit row can tell: it is written before Kafka has acknowledged it. */
export const STAGES_UNTIL_ANSWERED = STAGE_NAMES.filter((name) => name !== 'row');

/** ms, in the order of STAGES_UNTIL_ANSWERED. */
export function stagesUntilAnswered(moments: Moments): number[] {
  const { waitedMs, takenAt, firstBegunAt, begunAt, sentAt, writtenAt, headAt, answeredAt } = moments;
  return [
    waitedMs,
    firstBegunAt - takenAt,
    begunAt - firstBegunAt,
    sentAt - begunAt,
    writtenAt - sentAt,
    headAt - writtenAt,
    answeredAt - headAt,
  ];
}

/** @param into gets ms by stage, in the order of STAGE_NAMES. @param rowAt when Kafka acknowledged the audit row */
export function stagesOf(moments: Moments, rowAt: number, into: Float64Array): void {
  into.set(stagesUntilAnswered(moments));
  into[STAGES_UNTIL_ANSWERED.length] = rowAt - moments.answeredAt;
}
