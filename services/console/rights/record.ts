// Whoever looks at a payload, or takes data away, is on record before they get it: a row of ess.audit with who, from where and why.
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import { within } from '@ess/stream/kafkajs/within.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import type { FastifyRequest } from 'fastify';
import { refused } from './refused.ts';

/** What somebody gets to see. Without a record: more than one. */
export interface Seen
  extends Partial<Pick<DeliveryAttempt, 'topic' | 'partition' | 'offset' | 'deliveryId' | 'eventId'>> {
  readonly partner: string;
  readonly what: 'payload' | 'export';
  readonly ruleId?: string | null;
  readonly version?: number | null;
  /** Why, in the words of whoever looks; null: they did not say. */
  readonly reason: string | null;
}

/** Resolves when it is on record. @throws with status 503 when Kafka does not take it: then nothing is shown */
export type OnRecord = (request: FastifyRequest, seen: Seen) => Promise<void>;

export interface RecorderOptions {
  readonly codec: Pick<Codec, 'encoder'>;
  readonly outbox: { append(records: readonly OutboxRecord[]): Promise<unknown> };
  readonly addressOf: (request: FastifyRequest) => string;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Of everything under /api/v1. */
    readonly onRecord: OnRecord;
  }
}

const WORDS = { payload: 'looked at the payload', export: 'exported' };
const REASON_CHARS_MAX = 500;
/** Whoever waits for a page waits no longer. */
const WITHIN_MS = 10_000;

export function createRecorder({ codec, outbox, addressOf }: RecorderOptions): OnRecord {
  let encoder: ReturnType<Codec['encoder']> | undefined;
  const encode = async (row: DeliveryAttempt): Promise<Buffer> => {
    encoder ??= codec.encoder(`${AUDIT_TOPIC}-value`, readSchema(AUDIT_TOPIC) as object);
    encoder.catch(() => {
      encoder = undefined;
    });
    return (await encoder)(row);
  };
  const write = async (request: FastifyRequest, { what, reason, ...of }: Seen): Promise<void> => {
    const by = actorOf(request, addressOf(request));
    const { partner, topic = '', partition = -1, offset = -1, ...more } = of;
    const row: DeliveryAttempt = {
      ...emptyAttempt({ partner, topic, partition, offset, worker: by }),
      ...more,
      outcome: 'viewed',
      reason: `${by} ${WORDS[what]}${reason === null ? '' : `: ${reason.slice(0, REASON_CHARS_MAX)}`}`,
    };
    await outbox.append([{ topic: AUDIT_TOPIC, key: `${partner}/${row.ruleId ?? ''}`, value: await encode(row) }]);
  };
  return async (request, seen) => {
    try {
      if (!(await within(write(request, seen), WITHIN_MS))) throw new Error('it took too long');
    } catch (cause) {
      const why = 'nothing is shown that is not on record, and Kafka has not taken the record: try again';
      throw refused(503, new Error(why, { cause }));
    }
  };
}

/** Who looks, and from where, in the words of a record. It is no `by` of an order: one person at two addresses would be two there. */
export const actorOf = ({ subject }: Pick<FastifyRequest, 'subject'>, address: string): string =>
  subject.via === 'this machine' ? subject.name : `${subject.name} (${address})`;
