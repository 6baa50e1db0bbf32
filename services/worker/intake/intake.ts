// From a record of the topic to its lane, or past it: decode -> what was before -> scope -> lane.
import { deliveryId } from '@ess/domain/delivery/delivery-id.ts';
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { GroupRecord, LeftLog, LostRange } from '@ess/stream/group/assignment.ts';
import { apart } from '@ess/stream/wire/record-batches.ts';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import type { ItemTraces } from '../item/item-traces.ts';
import type { PartitionReplay } from '../item/partition-replay.ts';
import type { Timers } from '../item/timers.ts';
import { RATE_WAIT_MAX_MS } from '../item/timers.ts';
import type { PartnerContext } from '../partner-context.ts';
import type { RowsOnTheirWay } from '../record/rows-on-their-way.ts';
import type { Backpressure } from './backpressure.ts';
import type { CatchUp } from './catch-up.ts';
import type { Gathering } from './gathering.ts';
import type { PartitionIntake, SentBefore } from './partition-intake.ts';
import { readRecord } from './read-record.ts';
import type { ScopeExits } from './scope-exits.ts';
import type { SourceGate } from './source-gate.ts';

const LEFT_REMEDY =
  'nothing has to be done here: the partition goes on with the earliest record there is; what the log before still held for this partner has to be published again';

/** Records that wait may keep so many times their own size in memory. */
const KEPT_SHARE = 16;

export interface IntakeOptions {
  readonly partner: PartnerContext;
  readonly lanes: Lanes<Item>;
  readonly timers: Timers;
  readonly source: Pick<SourceGate, 'waitsForSchema'>;
  readonly scopeExits: ScopeExits;
  readonly catchUp: CatchUp;
  readonly gathering: Gathering;
  readonly rows: RowsOnTheirWay;
  readonly backpressure: Backpressure;
  /** An earlier owner has delivered it. */
  readonly deliveredBefore: (item: Item, sent: SentBefore) => void;
  /** Records were settled without a turn in their lane. */
  readonly passed: (intake: PartitionIntake) => void;
  /** Absent: no spans are exported. */
  readonly traces: ItemTraces | undefined;
}

export class Intake {
  readonly #options: IntakeOptions;
  /** Of the fetch that is being taken in. */
  #entered: Item[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * @param outOfScope gets what is to be settled at once
   * @returns false: it is not its time, and nothing behind it may be taken in either
   */
  take(intake: PartitionIntake, record: GroupRecord, outOfScope: Item[]): boolean {
    const { lastAttempt } = this.#options.partner;
    const { watermark } = intake;
    const { offset } = record;
    const before = intake.before(offset);
    const sent = typeof before === 'object' ? before : undefined;
    if (before === 'settled') {
      watermark.take(offset, record.timestampMs);
      intake.passed(offset);
      return true;
    }
    const replay = intake.replay?.phase === 'reading' ? intake.replay : undefined;
    const { item, inScope } = this.#read(intake, record, replay);
    // It failed under an owner before us: what gets through from here on shows that the partner is not to blame.
    if (item.attempts > 0) item.lastAttemptWhenFailed = lastAttempt;
    const isSelected = replay?.selects(item) ?? true;
    if (before === 'open' && isSelected && this.#options.source.waitsForSchema(record, item.decoded)) return false;
    if (replay && before === 'open' && inScope && isSelected && this.#paces(intake, replay)) return false;
    // A replay of what went out of scope tells nothing new: its newest version goes out at the end.
    const leaves = !inScope && before === 'open' && !replay ? this.#leaves(intake, item) : 'skip';
    if (leaves === 'wait') return false;
    if (leaves === 'lane') item.scopeExit = 'maybe';
    else if (!inScope && sent) item.scopeExit = 'yes';
    watermark.take(offset, record.timestampMs);
    if (sent) this.#deliveredBefore(intake, item, sent, replay);
    else if (!isSelected) intake.passed(offset);
    else if (!inScope && leaves === 'skip') outOfScope.push(item);
    else this.#enter(intake, item);
    return true;
  }

  /** A fetch is taken in. A record keeps all of its fetch in memory: where few wait, they let go of the rest. */
  taken(): void {
    const entered = this.#entered;
    this.#entered = [];
    let bytes = 0;
    for (const { record } of entered) bytes += record.bytes;
    for (const item of entered) {
      const { record } = item;
      if (record.batch && bytes * KEPT_SHARE < record.batch.length) item.record = apart(record);
    }
  }

  /** Records that need no turn: they are through when Kafka has their rows. */
  skip(intake: PartitionIntake, items: readonly Item[]): void {
    const { partner, rows, scopeExits, passed } = this.#options;
    rows.add(partner.ledger.passed(items, 'skipped', scopeExits.skipReason), () => {
      for (const { offset } of items) intake.passed(offset);
      passed(intake);
    });
  }

  /** The range counts as one record: the position passes it when its audit row is acknowledged. */
  lost(intake: PartitionIntake | undefined, { partition, from, to }: LostRange): void {
    const { partner, rows, passed } = this.#options;
    const { ledger, log, shared, name } = partner;
    log.error({ partition, from, to: to - 1, records: to - from }, 'retention.lost');
    shared.metrics.retentionLost.inc({ partner: name }, to - from);
    intake?.watermark.takeRange(from, to);
    rows.add(ledger.lost(partition, from, to), () => {
      intake?.watermark.settle(from);
      if (intake) passed(intake);
    });
  }

  /** What of these logs was not delivered yet is gone. Resolves when that is on record: no position may be committed before. */
  async leftLogs(logs: readonly LeftLog[]): Promise<void> {
    const { ledger, log, shared, name, connector } = this.#options.partner;
    if (logs.length === 0) return;
    shared.metrics.topicsAnew.inc({ partner: name }, logs.length);
    for (const left of logs) log.error({ topic: connector.source.topic, ...left, remedy: LEFT_REMEDY }, 'topic.anew');
    await ledger.leftLogs(logs);
  }

  #read(intake: PartitionIntake, record: GroupRecord, replay: PartitionReplay | undefined) {
    const { partner } = this.#options;
    const { connector, shared, name } = partner;
    const { topic } = connector.source;
    const decoded = readRecord(partner, topic, partner.partnerTopic, record);
    const id = deliveryId(shared.clusterId, name, topic, record, replay?.idSuffix);
    const used = intake.attemptsUsed(record.offset);
    const item = makeItem(record, decoded, connector.source, id, used, replay?.origin);
    item.partnerTopic = partner.partnerTopic;
    return { item, inScope: !decoded.ok || connector.inScope(decoded.record) };
  }

  #deliveredBefore(intake: PartitionIntake, item: Item, sent: SentBefore, replay: PartitionReplay | undefined): void {
    this.#options.deliveredBefore(item, sent);
    replay?.noted(item);
    intake.passed(item.offset);
  }

  #enter(intake: PartitionIntake, item: Item): void {
    const { catchUp, gathering, lanes } = this.#options;
    intake.opened(item);
    this.#entered.push(item);
    this.#options.traces?.begin(item);
    if (catchUp.gathers(item)) return gathering.gather(item);
    // A batch may reach over the bound: what was gathered goes first.
    for (const gathered of catchUp.reached(item.partition, item.offset)) lanes.push(gathered.key, gathered);
    lanes.push(item.key, item);
  }

  /** An earlier version that is still on its way may make it one that the partner has to hear of. */
  #leaves(intake: PartitionIntake, item: Item): 'skip' | 'lane' | 'wait' {
    const { scopeExits, lanes, catchUp } = this.#options;
    return scopeExits.ask(intake, item, lanes.has(item.key) || catchUp.has(item));
  }

  /** A replay with a rate asks again by itself when the next record is due. @returns whether it has to wait */
  #paces(intake: PartitionIntake, replay: PartitionReplay): boolean {
    const waitMs = replay.admits(performance.now());
    if (waitMs === 0) return false;
    replay.paced = true;
    this.#options.timers.later(Math.min(waitMs, RATE_WAIT_MAX_MS), () => {
      replay.paced = false;
      this.#options.backpressure.look(intake.partition);
    });
    return true;
  }
}
