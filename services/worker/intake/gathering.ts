// When `catchUp: latest` gathers (catch-up.ts says what that is). It gathers as long as the partner is held; afterwards it gathers
// what the topic had when records began to flow. When the connector asks for every version, what was gathered goes to its lane.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { Item } from '../item/item.ts';
import type { Retries } from '../item/retries.ts';
import type { Destination, Health, Records } from '../partner-context.ts';
import type { RowsOnTheirWay } from '../record/rows-on-their-way.ts';
import type { CatchUp } from './catch-up.ts';
import type { PartitionIntake } from './partition-intake.ts';

export interface GatheringOptions {
  readonly partner: Destination & Health & Records;
  readonly group: Pick<Group, 'highWatermark'>;
  readonly intakes: ReadonlyMap<number, PartitionIntake>;
  readonly lanes: Lanes<Item>;
  readonly retries: Retries;
  readonly catchUp: CatchUp;
  readonly rows: RowsOnTheirWay;
  /** Kafka has the rows of a record. */
  readonly settled: (item: Item) => void;
}

export class Gathering {
  readonly #options: GatheringOptions;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** The assignment has begun, the connector has changed, or the partner went from held to flowing or back. */
  setBounds(): void {
    const { partner, group, intakes, lanes, catchUp } = this.#options;
    const isLatest = partner.connector.deliver.catchUp === 'latest';
    const isHeld = isLatest && partner.breaker.isOpen;
    for (const { partition, watermark, replay } of intakes.values()) {
      if (replay && replay.phase !== 'over') continue; // what is asked for again is sent, version by version
      const bound = isLatest ? (group.highWatermark(partition) ?? 0) : 0;
      catchUp.gatherBelow(partition, isHeld ? Number.POSITIVE_INFINITY : bound);
      if (!isHeld) for (const item of catchUp.reached(partition, watermark.next)) lanes.push(item.key, item);
    }
    if (isHeld) this.takeBack();
  }

  /** Takes the record in; what a newer version makes needless is settled when Kafka has its row. */
  gather(item: Item): void {
    const { partner, catchUp, rows, settled } = this.#options;
    for (const older of catchUp.gather(item)) {
      const passed = partner.ledger.passed([older], 'superseded', 'a newer version is at hand');
      rows.add(passed, () => settled(older));
    }
  }

  /** What waits in lanes can be superseded too; its retries end with it. */
  takeBack(): void {
    const { lanes, retries } = this.#options;
    retries.forget();
    for (const item of lanes.takeBack()) {
      if (item.decoded.ok && !item.pull && item.replayId === null) this.gather(item);
      else lanes.push(item.key, item);
    }
  }
}
