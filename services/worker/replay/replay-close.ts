// What a replay of one partition sends at its end: the newest acked version of each rule of which it has sent an older one.
// A replay of what is in force sends every rule of rules.latest that belongs to the partition.

import { setTimeout as delay } from 'node:timers/promises';
import { selects, toRestore } from '@ess/domain/control/replay-window.ts';
import { deliveryId } from '@ess/domain/delivery/delivery-id.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import type { Bounds } from '@ess/stream/read/range.ts';
import { read } from '@ess/stream/read/read.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { ItemSource, Pulled } from '../intake/pull.ts';
import { readRecord } from '../intake/read-record.ts';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import type { PartitionReplay } from '../item/partition-replay.ts';
import { RATE_WAIT_MAX_MS } from '../item/timers.ts';
import type { PartnerContext } from '../partner-context.ts';

const BATCH = 500;

/** A stopped replay comes to its end, whatever its rate was. */
const STOPPED_WAIT_MAX_MS = 1_000;

export interface Closing {
  readonly partner: PartnerContext;
  readonly partition: number;
  readonly replay: PartitionReplay;
  /** Partitions of the source topic. */
  readonly partitionCount: number;
  readonly signal: AbortSignal;
}

export class ReplayClose implements ItemSource {
  readonly #closing: Closing;
  #sent = 0;

  constructor(closing: Closing) {
    this.#closing = closing;
  }

  /** Records sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** At the rate of the replay. */
  async *items(): AsyncGenerator<Pulled> {
    const { replay, signal } = this.#closing;
    const isStopped = replay.window.stop !== null;
    for await (const items of closingItems(this.#closing))
      for (const item of items) {
        for (let waitMs = replay.admits(performance.now()); waitMs > 0; ) {
          await delay(Math.min(waitMs, isStopped ? STOPPED_WAIT_MAX_MS : RATE_WAIT_MAX_MS), undefined, { signal });
          waitMs = isStopped ? 0 : replay.admits(performance.now());
        }
        this.#sent += 1;
        yield { item };
      }
  }

  decide(): 'send' | 'leave' {
    return this.#closing.signal.aborted ? 'leave' : 'send';
  }

  settled(): undefined {}

  counted(item: Item): void {
    if (item.delivered) this.#closing.replay.noted(item);
  }
}

/** Yields the records to send last, in batches. */
async function* closingItems(closing: Closing): AsyncGenerator<Item[]> {
  const { partner, replay } = closing;
  const { window } = replay;
  // A replay that was stopped sends nothing more of what is in force, and has sent nothing that was older.
  if (window.current) {
    if (window.stop === null) yield* rulesInForce(closing);
    return;
  }
  const wanted = new Map<string, Map<number, Set<number>>>();
  for (const { topic, partition, offset } of toRestore(replay.sent, partner.ledger.newest.versions)) {
    const partitions = wanted.get(topic) ?? new Map<number, Set<number>>();
    wanted.set(topic, partitions);
    partitions.set(partition, (partitions.get(partition) ?? new Set()).add(offset));
  }
  for (const [topic, partitions] of wanted) {
    const within = new Map(
      [...partitions].map(([partition, offsets]): [number, Bounds] => [
        partition,
        { from: Math.min(...offsets), to: Math.max(...offsets) + 1 },
      ]),
    );
    for await (const batch of read(partner.shared.kafka, { topic, within, signal: closing.signal, beside: 'live' }))
      yield await itemsOf(
        closing,
        topic,
        batch.filter(({ partition, offset }) => partitions.get(partition)?.has(offset)),
        'yes', // acked, so it went out as a withdrawal
      );
  }
}

/**
 * Compaction may not have come by yet, and a rule may have changed its partition. So the newest version of each rule counts,
 * and none after a tombstone.
 */
async function* rulesInForce(closing: Closing): AsyncGenerator<Item[]> {
  const { partner, partition, partitionCount, replay, signal } = closing;
  const newest = new Map<string, Item>();
  for await (const batch of read(partner.shared.kafka, { topic: LATEST_TOPIC, signal, beside: 'live' })) {
    const mine = batch.filter(({ key }) => key !== null && partitionOf(key, partitionCount) === partition);
    // By place: a batch is of one partition.
    const found = await itemsOf(closing, LATEST_TOPIC, mine);
    const items = new Map(found.map((item) => [item.record.offset, item]));
    for (const record of mine) {
      const rule = keyText(record.key as Buffer);
      const item = items.get(record.offset);
      const before = newest.get(rule);
      if (before && before.partition !== record.partition && (before.version ?? 0) > (item?.version ?? 0)) continue;
      if (item) newest.set(rule, item);
      else newest.delete(rule); // withdrawn, or no longer in scope
    }
  }
  const wanted = [...newest.values()].filter(
    ({ key, ruleId, version }) =>
      selects(replay.window, key, ruleId) && (replay.sent.get(ruleId ?? key) ?? -1) < (version ?? 0),
  );
  for (let from = 0; from < wanted.length; from += BATCH) yield wanted.slice(from, from + BATCH);
}

/** Those that are in scope, ready for their lanes. @param outOfScope `yes`: the others too, as rules that leave it */
async function itemsOf(
  { partner, replay }: Closing,
  topic: string,
  records: readonly ReadRecord[],
  outOfScope: 'no' | 'yes' = 'no',
): Promise<Item[]> {
  const { shared, connector, name } = partner;
  const { id, newIds } = replay.window;
  await shared.codec.prepare(records.map(({ value }) => value));
  const partnerTopic = shared.atWork.numberOf({ partner: name, topic });
  const items = records.flatMap((record) => {
    const decoded = readRecord(partner, topic, partnerTopic, record);
    if (!decoded.ok) return [];
    const inScope = connector.inScope(decoded.record);
    if (!inScope && outOfScope === 'no') return [];
    const webhookId = deliveryId(shared.clusterId, name, topic, record, newIds ? id : undefined);
    const item = makeItem(record, decoded, connector.source, webhookId, 0, { topic, replayId: id });
    item.partnerTopic = partnerTopic;
    if (!inScope) item.scopeExit = 'yes';
    return [item];
  });
  shared.atWork.end();
  return items;
}
