// What an owner reads back from Kafka: which rules the partner has, and what it has to know before it ends a replay or goes
// on with one that it did not begin.

import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import { isLongId } from '@ess/domain/text/foreign-id.ts';
import type { DeliveryState } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { AtWork } from '@ess/stream/write/at-work.ts';
import type { RuleState } from './rules-in-force.ts';
import { SharedReading } from './shared-reading.ts';

export interface ReplayHistory {
  /** In the order of each rule: what the partner has acked. */
  rules(partner: string): AsyncIterable<readonly RuleState[]>;
  /**
   * Tells what the partner has acknowledged, each rule in the order of its versions.
   * @param position as in `read`: a call with the same one goes on where the last came to
   */
  acked(partner: string, position: number[], tell: (ruleId: string, acked: PlacedVersion) => void): Promise<void>;
  /** By partition and rule: the version that this replay sent last, whatever came of it. */
  sent(partner: string, replayId: string, sinceMs: number): Promise<Map<number, Map<string, Version>>>;
}

/** Clocks of workers differ. */
const MARGIN_MS = 20_000;

/** @param atWork what this process sends: a partner that waits for what it has acked delays no other */
export function replayHistory(kafka: Kafka, codec: Codec, atWork: Pick<AtWork, 'sending'>): ReplayHistory {
  async function* statesOf(partners: ReadonlySet<string>, position: number[] = []): AsyncGenerator<DeliveryState[]> {
    // A rule whose id is too long is never asked for, whoever wrote its row: it is not kept.
    const isMine = ({ key }: ReadRecord) => {
      if (!key) return false;
      const slash = key.indexOf('/');
      return partners.has(key.toString('latin1', 0, slash)) && !isLongId(key.subarray(slash + 1));
    };
    const written = read(kafka, { topic: STATE_TOPIC, position, unhurried: atWork.sending() });
    for await (const batch of rows(codec, STATE_TOPIC, written, { wanted: isMine })) yield batch.map(({ row }) => row);
  }
  const everybody = new SharedReading<DeliveryState>(async (partners, tell) => {
    const position: number[] = [];
    for await (const states of statesOf(partners, position)) for (const state of states) tell(state.partner, state);
    return position;
  });
  return {
    async *rules(partner) {
      for await (const states of statesOf(new Set([partner])))
        yield states.map(({ ruleId, status }) => ({ ruleId, inForce: status === 'acked' }));
    },
    async acked(partner, position, tell) {
      const each = ({ ruleId, version, topic, partition, offset, topicId }: DeliveryState) =>
        tell(ruleId, { version, topic, partition, offset, topicId });
      if (position.length === 0) return void position.push(...(await everybody.of(partner, each)));
      for await (const states of statesOf(new Set([partner]), position)) for (const state of states) each(state);
    },
    async sent(partner, replayId, sinceMs) {
      const last = new Map<number, Map<string, Version>>();
      const written = read(kafka, { topic: AUDIT_TOPIC, sinceMs: sinceMs - MARGIN_MS, beside: 'live' });
      const isMine = ({ key }: ReadRecord) => key?.toString().startsWith(`${partner}/`) === true;
      for await (const batch of rows(codec, AUDIT_TOPIC, written, { wanted: isMine })) {
        for (const { row } of batch) {
          // A request that was cut, or not answered, may have reached the partner all the same.
          if (row.replayId !== replayId || row.attempt < 1 || row.ruleId === null) continue;
          const versions = last.get(row.partition) ?? new Map<string, Version>();
          last.set(row.partition, versions);
          versions.set(row.ruleId, row.version ?? NO_VERSION);
        }
      }
      return last;
    },
  };
}
