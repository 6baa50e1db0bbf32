// The bounds of the doors, in one place: nothing that a stranger sends may grow, wait or nest without one.

export const LIMITS = {
  bodyBytes: 65_536,
  headerBytes: 16_384,
  /** Arrays and objects inside each other, in what is read. */
  jsonDepth: 16,
  /** Of one array: each may become a record, and all of them go to Kafka at once. */
  events: 500,
  /** A connection that has sent no complete header by then is cut. */
  headersMs: 5_000,
  /** Nor one whose request is not complete. */
  requestMs: 10_000,
  keepAliveMs: 10_000,
  connections: 2_000,
  /** Requests that the gate has let in, not answered yet; the next one is answered 503. */
  pending: 1_000,
  pendingBytes: 16_777_216,
  idempotencyKeyChars: 255,
  /** Kafka has this long before the answer is 503; the record may still arrive, its key makes the repetition harmless. */
  publishMs: 8_000,
  /** How long the topic may take to be read to its end before a new key counts as new. */
  catchUpMs: 3_000,
  /** Answers to requests without valid credentials leave at multiples of this, whatever was wrong. */
  refusalMs: 50,
  /** A stop answers what was accepted, for this long. */
  drainMs: 15_000,
} as const;
