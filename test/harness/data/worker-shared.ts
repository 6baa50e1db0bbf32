// What the partners of a worker share, for tests: real pieces where they need nothing of outside, and where they do, the plainest that
// can be: rows are acknowledged at once and are JSON, records are JSON too, nobody has given a command, nothing was recovered.
import { ControlState } from '@ess/domain/control/control-state.ts';
import { Stands } from '@ess/domain/delivery/stands.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { workerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Decodes } from '@ess/stream/registry/codec.ts';
import { AtWork } from '@ess/stream/write/at-work.ts';
import { Isolation } from '@ess/worker/item/isolation.ts';
import { SharedDecode } from '@ess/worker/item/shared-decode.ts';
import type { Shared } from '@ess/worker/partner-context.ts';

const unasked = (): never => {
  throw new Error('this test has no Kafka');
};
const NO_KAFKA: Kafka = { producer: unasked, consumer: unasked, admin: unasked, logger: unasked };

export const jsonCodec: Decodes = {
  isPrepared: () => true,
  holdsSource: () => false,
  prepare: async () => {},
  decode: (value) => {
    try {
      return { ok: true, record: JSON.parse(String(value)) as Record<string, unknown> };
    } catch {
      return { ok: false, reason: 'decode', detail: 'not JSON' };
    }
  },
};

const asJson = (row: object): Buffer => Buffer.from(JSON.stringify(row));
const jsonEncoders: Shared['encode'] = { audit: asJson, state: asJson, deadLetter: asJson, letterState: asJson };

/** Metrics of the process that runs the tests: made once, they are the slowest part of it. */
let metrics: Shared['metrics'] | undefined;

export type PlainOutbox = Pick<Shared['outbox'], 'append' | 'appendAndTell'>;
export type GivenShared = Partial<Omit<Shared, 'outbox'> & { readonly outbox: PlainOutbox }>;

/** @param given what the test is about */
export function makeShared(given: GivenShared = {}): Shared {
  const atWork = given.atWork ?? new AtWork();
  const codec = given.codec ?? jsonCodec;
  metrics ??= workerMetrics();
  return {
    kafka: NO_KAFKA,
    clusterId: 'cluster',
    topicIds: { of: async () => undefined, watch: () => () => undefined },
    codec,
    decoder: new SharedDecode(codec),
    encode: jsonEncoders,
    log: createLog('test', { level: 'silent' }),
    metrics,
    tracer: undefined,
    workerId: 'us',
    cursorSecret: undefined,
    recover: async () => {},
    atWork,
    stands: new Stands(),
    isolation: new Isolation(atWork),
    history: {
      async *rules() {},
      acked: async () => {},
      sent: async () => new Map(),
    },
    control: { state: new ControlState(), write: async () => {} },
    approval: { limit: Number.POSITIVE_INFINITY, size: unasked },
    sessionTimeoutMs: 10_000,
    gatherMs: 250,
    restMs: 0,
    onStuck: (_partner, error) => {
      throw error;
    },
    onCrash: (_partner, error) => {
      throw error;
    },
    ...given,
    outbox: withAppendFor(
      given.outbox ?? {
        append: async () => {},
        appendAndTell: async (rows) => rows.map(({ topic }, offset) => ({ topic, partition: 0, offset })),
      },
    ),
  };
}

/** The outbox of a test says what happens to rows once: in `append`. */
export function withAppendFor(outbox: PlainOutbox): Shared['outbox'] {
  return {
    append: (rows) => outbox.append(rows),
    appendFor: (rows, { resolve, reject }) => void outbox.append(rows).then(() => resolve([]), reject),
    appendAndTell: (rows) => outbox.appendAndTell(rows),
  };
}
