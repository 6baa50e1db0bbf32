// One drop: letters are marked as dropped where they stand, and nothing is sent. It needs no lane, so the owner of the one
// partition that the command names does it alone. What an earlier owner was through with is marked again, which changes nothing.

import { letterCount, orderedBy } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { letterKey } from '@ess/domain/delivery/dead-letters.ts';
import { shortId } from '@ess/domain/text/foreign-id.ts';
import type { DeadLetter, DeadLetterState, PartitionProgress, RedriveOrder } from '@ess/schemas/generated/types.ts';
import { DEAD_LETTER_STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Row } from '@ess/stream/write/packed-rows.ts';
import type { PartnerContext } from '../partner-context.ts';
import type { Selected } from './letters.ts';
import { fatesSince, selectedLetters } from './letters.ts';

/** State rows written at once. */
const BATCH = 1_000;

export type DropPartner = Pick<PartnerContext, 'name' | 'shared'>;

/** Resolves when it is on record how it ended. @param partitions of the command that are due here */
export async function carryOutDrop(
  partner: DropPartner,
  order: CommandState,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const { shared, name } = partner;
  const { id, redrive } = order.command;
  const isCancelled = () => shared.control.state.find(id)?.stop !== undefined;
  let [dropped, batch] = [0, [] as Row[]];
  const write = async () => {
    await shared.outbox.append(batch);
    dropped += batch.length;
    batch = [];
  };
  const { letters } = redrive as RedriveOrder;
  const fates = await fatesSince(shared.kafka, shared.codec, order.command, signal);
  for await (const found of selectedLetters(shared.kafka, shared.codec, letters, signal)) {
    if (found.letter.partner !== name) continue;
    if (isCancelled()) break;
    if (fates.of(found.letter, found.place).state !== 'parked') continue; // it is redriven by now
    batch.push(stateRow(partner, order, found));
    if (batch.length >= BATCH) await write();
  }
  await write();
  const state = isCancelled() && dropped < letterCount(order.command) ? 'cancelled' : 'completed';
  // Of several partitions that somebody has named the first one stands for all.
  const rows = partitions.map((partition, at) => progressOf(partition, state, at === 0 ? dropped : 0));
  await shared.control.write(
    rows.map((progress) => makeCommand({ id, partner: name, kind: 'progress', by: shared.workerId, progress })),
  );
}

function stateRow({ shared }: DropPartner, { command, approval }: CommandState, { letter, place }: Selected): Row {
  const { partner, topic, partition, offset, ruleId }: DeadLetter = letter;
  const row: DeadLetterState = {
    partner,
    ruleId: ruleId && shortId(ruleId),
    topic,
    partition,
    offset,
    state: 'dropped',
    times: place.times,
    redriveId: command.id,
    letterPartition: place.partition,
    letterOffset: place.offset,
    at: Date.now(),
    by: orderedBy(command, approval),
    reason: command.reason,
  };
  return { topic: DEAD_LETTER_STATE_TOPIC, key: letterKey(row), value: shared.encode.letterState(row) };
}

const progressOf = (partition: number, state: PartitionProgress['state'], passed: number): PartitionProgress => ({
  ...{ partition, state, before: null, target: null, until: null },
  ...{ records: 0, failed: 0, passed, detail: null, refused: false },
});
