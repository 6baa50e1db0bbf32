// Dead letters sent once more. A redrive is a command in ess.control that names letters; the owner of each
// source partition takes the records of its own through the lanes of their keys, so that they keep their order with live
// traffic and only the owner sends. A letter is done when its audit row and its row in ess.dead-letter-state are
// acknowledged; after a crash the next owner reads that topic and goes on with the rest.
//
//   command -> done before? -> newest acked versions -> letters -> lane -> settled -> state row -> progress
import { setTimeout as delay } from 'node:timers/promises';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { DEAD_LETTER_STATE_TOPIC, letterKey } from '@ess/domain/delivery/dead-letters.ts';
import { deliveryId } from '@ess/domain/delivery/delivery-id.ts';
import type { Command, DeadLetterState, PartitionProgress, RedriveOrder } from '@ess/schemas/generated/types.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { readRecord } from '../intake/read-record.ts';
import { Backoff } from '../item/backoff.ts';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import type { PartnerContext } from '../partner-context.ts';
import { STATE_TOPIC } from '../record/delivery-states.ts';
import type { Letter } from './letters.ts';
import { letterKeys, readLetters } from './letters.ts';

/** What an assignment offers to a redrive. */
export interface RedriveDesk {
  /** Partitions of the assignment; none before it has recovered what an earlier owner left. */
  partitions(): readonly number[];
  /** Into the lane of its key. */
  enter(item: Item): void;
  /** `then` runs when Kafka has acknowledged the rows; the end of the assignment waits for it. */
  acknowledge(rows: Promise<unknown>, then: () => void): void;
}

export type Turn = 'send' | 'superseded' | 'leave';

/** Letters in lanes at once, and their bytes: what an assignment that ends throws away, and memory. */
const OPEN_MAX = 256;
const OPEN_BYTES_MAX = 16 * 1024 * 1024;
/** So many refused again with no success between them: the cause has not been mended, and the rest stays parked. */
const REFUSED_RUN_MAX = 10;
const PROGRESS_EVERY_MS = 500;
/** Of a letter that was too large to be kept whole. */
const RECORD_GONE = 'the letter was shortened and its record has left the source topic: it cannot be sent again';
/** A row may carry a time before its command when clocks differ. */
const CLOCK_MARGIN_MS = 60_000;

type Tally = Record<'redriven' | 'parked' | 'superseded' | 'skipped', number>;

interface Entry {
  readonly place: Letter['place'];
  superseded: boolean;
}

interface Work {
  readonly command: Command;
  readonly order: RedriveOrder;
  /** By partition of the source; a partition that is not in it is another owner's. */
  readonly tallies: Map<number, Tally>;
  /** Letters in lanes. */
  readonly entries: Map<Item, Entry>;
  openBytes: number;
  refusedRun: number;
  stopped: string | undefined;
}

export class Redrive {
  readonly #partner: PartnerContext;
  readonly #desk: RedriveDesk;
  readonly #ended = new AbortController();
  readonly #backoff = new Backoff();
  #working: Promise<void> | undefined;
  #again = false;
  #work: Work | undefined;
  /** Partitions whose last word is written; the follower may not have read it yet. */
  readonly #through = new Set<string>();
  /** Newest version that the partner acknowledged, by partner/rule; only of rules that are being redriven. */
  readonly #acked = new Map<string, number>();
  #room: () => void = () => undefined;

  constructor(partner: PartnerContext, desk: RedriveDesk) {
    this.#partner = partner;
    this.#desk = desk;
  }

  /** There may be something to do: a command was given, or the assignment has begun. */
  wake(): void {
    this.#again = true;
    this.#room(); // it may be a cancel
    if (this.#ended.signal.aborted) return;
    this.#working ??= this.#run().finally(() => {
      this.#working = undefined;
      if (this.#again) this.wake(); // between its last check and here: commands come in batches
    });
  }

  /** The assignment is over; what its lanes hold goes with it. */
  end(): void {
    this.#ended.abort();
    this.#room();
  }

  /** What to do with a letter whose turn in its lane has come. */
  decide(item: Item): Turn {
    const entry = this.#work?.entries.get(item);
    if (!this.#work || !entry) return 'send';
    if (this.#isStopped(this.#work)) return 'leave';
    const acked = this.#acked.get(this.#keyOf(item));
    entry.superseded = acked !== undefined && item.version !== null && acked >= item.version;
    return entry.superseded ? 'superseded' : 'send';
  }

  /** The partner has acknowledged a version, whichever way it was sent. */
  acked(item: Item): void {
    if (this.#acked.size === 0 || item.version === null) return;
    const key = this.#keyOf(item);
    const before = this.#acked.get(key);
    if (before !== undefined) this.#acked.set(key, Math.max(before, item.version));
  }

  /** Its turn came after the redrive was stopped: it stays parked. */
  left(item: Item): void {
    this.#closed(item);
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#ended.signal.aborted) {
      this.#again = false;
      try {
        const command = this.#partner.shared.control.state.active(this.#partner.name, 'redrive');
        const mine = command ? this.#mine(command.command, command.progress) : [];
        if (!command || mine.length === 0) continue;
        await this.#carryOut(command.command, mine);
        this.#backoff.worked();
        this.#again = true;
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        this.#partner.log.warn({ error: String(error) }, 'redrive.waits');
        // A cancel may come meanwhile, or the end of the assignment.
        const waited = delay(this.#backoff.failed(performance.now()), undefined, { ref: false });
        await Promise.race([waited, new Promise<void>((resolve) => (this.#room = resolve))]);
        this.#again = true;
      }
    }
  }

  #mine(command: Command, progress: ReadonlyMap<number, PartitionProgress>): number[] {
    const over = new Set([...progress.values()].filter(({ state }) => state !== 'running').map((one) => one.partition));
    return this.#desk
      .partitions()
      .filter(
        (partition) =>
          command.redrive?.partitions.includes(partition) &&
          !over.has(partition) &&
          !this.#through.has(`${command.id}/${partition}`),
      );
  }

  async #carryOut(command: Command, mine: readonly number[]): Promise<void> {
    const { log, connector } = this.#partner;
    const order = command.redrive as RedriveOrder;
    const tallies = new Map(mine.map((partition) => [partition, emptyTally()]));
    const work: Work = {
      command,
      order,
      tallies,
      entries: new Map(),
      openBytes: 0,
      refusedRun: 0,
      stopped:
        order.topic === connector.source.topic ? undefined : `the letters are of ${order.topic}, another source topic`,
    };
    this.#work = work;
    log.info({ redrive: command.id, partitions: mine }, 'redrive.started');
    const telling = setInterval(() => void this.#tell(work, 'running').catch(() => undefined), PROGRESS_EVERY_MS);
    try {
      if (!this.#isStopped(work)) await this.#sendLetters(work);
    } finally {
      // Also when it could not read on: what is in lanes is settled before it begins again.
      await this.#until(() => work.entries.size === 0);
      clearInterval(telling);
      this.#acked.clear();
      this.#work = undefined;
    }
    this.#ended.signal.throwIfAborted();
    const cancelled = this.#partner.shared.control.state.find(command.id)?.stop !== undefined;
    await this.#tell(work, cancelled ? 'cancelled' : 'completed');
    for (const partition of mine) this.#through.add(`${command.id}/${partition}`);
    log.info({ redrive: command.id, ...sum(tallies.values()), stopped: work.stopped }, 'redrive.ended');
  }

  async #sendLetters(work: Work): Promise<void> {
    const { shared } = this.#partner;
    const { signal } = this.#ended;
    const done = await this.#doneBefore(work);
    await this.#readAcked(work);
    for await (const letter of readLetters(shared.kafka, shared.codec, work.order.letters, signal)) {
      const { partner, topic, partition } = letter.letter;
      const theirs = partner !== this.#partner.name || topic !== work.order.topic || !work.tallies.has(partition);
      if (theirs || done.has(letterKey(letter.letter))) continue;
      done.add(letterKey(letter.letter));
      await this.#until(() => work.entries.size < OPEN_MAX && work.openBytes < OPEN_BYTES_MAX);
      signal.throwIfAborted();
      if (this.#isStopped(work)) return;
      this.#enter(work, letter);
    }
  }

  #enter(work: Work, { letter, record, place, gone }: Letter): void {
    const { shared, connector, name } = this.#partner;
    const { topic, partition, offset } = letter;
    const decoded = readRecord(this.#partner, topic, record);
    const id = deliveryId(shared.clusterId, name, { topic, partition, offset });
    const item = makeItem(record, decoded, connector.source, id, 0, {
      replayId: work.command.id,
      aside: (settled) => this.#settled(work, settled),
      redriven: true,
    });
    work.entries.set(item, { place, superseded: false });
    work.openBytes += record.value?.length ?? 0;
    if (gone) {
      item.parked = place;
      this.#partner.log.warn({ redrive: work.command.id, topic, partition, offset }, `redrive: ${RECORD_GONE}`);
      return this.#settled(work, item);
    }
    if (decoded.ok && !connector.inScope(decoded.record))
      this.#desk.acknowledge(this.#partner.ledger.passed([item], 'skipped', 'out of scope by now'), () =>
        this.#settled(work, item),
      );
    else this.#desk.enter(item);
    this.#partner.atWork.over();
  }

  /** The audit row is acknowledged; now the letter's own. */
  #settled(work: Work, item: Item): void {
    const entry = work.entries.get(item);
    if (!entry) return;
    const otherwise = entry.superseded ? 'superseded' : 'skipped';
    const state = item.delivered ? 'redriven' : item.parked ? 'parked' : otherwise;
    this.#desk.acknowledge(this.#partner.shared.outbox.append([this.#stateRow(work, item, entry.place, state)]), () => {
      count(work, item.partition, state);
      work.refusedRun = state === 'parked' ? work.refusedRun + 1 : state === 'redriven' ? 0 : work.refusedRun;
      if (work.refusedRun >= REFUSED_RUN_MAX)
        work.stopped ??= `${work.refusedRun} in a row were refused again: mend the cause, then redrive the rest`;
      this.#closed(item);
    });
  }

  #closed(item: Item): void {
    const work = this.#work;
    if (!work?.entries.delete(item)) return;
    work.openBytes -= item.record.value?.length ?? 0;
    this.#room();
  }

  #stateRow({ command }: Work, item: Item, place: Letter['place'], state: keyof Tally) {
    const { shared, name } = this.#partner;
    // Kafka may not say where it wrote the new letter, but it is behind the old one.
    const written = item.parked?.offset === -1 ? place.offset + 1 : item.parked?.offset;
    const source = { partner: name, topic: item.topic, partition: item.partition, offset: item.offset };
    const row: DeadLetterState = {
      ...source,
      ruleId: item.ruleId,
      state,
      times: state === 'superseded' ? place.times : place.times + 1,
      redriveId: command.id,
      letterPartition: place.partition,
      letterOffset: written ?? place.offset,
      at: Date.now(),
      by: shared.workerId,
      reason: item.parked === place ? RECORD_GONE : null,
    };
    return { topic: DEAD_LETTER_STATE_TOPIC, key: letterKey(source), value: shared.encode.letterState(row) };
  }

  /** Source positions that an earlier owner was through with; they count. */
  async #doneBefore(work: Work): Promise<Set<string>> {
    const { kafka, codec } = this.#partner.shared;
    const { id, at } = work.command;
    const done = new Set<string>();
    const range = { topic: DEAD_LETTER_STATE_TOPIC, sinceMs: at - CLOCK_MARGIN_MS, signal: this.#ended.signal };
    for await (const batch of rows(codec, DEAD_LETTER_STATE_TOPIC, read(kafka, { ...range, beside: 'live' })))
      for (const { row } of batch) {
        if (row.redriveId !== id || done.has(letterKey(row))) continue;
        done.add(letterKey(row));
        if (row.state !== 'dropped') count(work, row.partition, row.state);
      }
    return done;
  }

  /** What the partner has acknowledged of the letters' rules; `acked` keeps it up to date from here on. */
  async #readAcked(work: Work): Promise<void> {
    if (work.order.force) return;
    const { shared, ledger } = this.#partner;
    const { signal } = this.#ended;
    for (const key of await letterKeys(shared.kafka, work.order.letters, signal))
      this.#acked.set(key, Number.NEGATIVE_INFINITY);
    await ledger.states.flush();
    const written = read(shared.kafka, { topic: STATE_TOPIC, signal, beside: 'live' });
    const isAsked = ({ key }: ReadRecord) => key !== null && this.#acked.has(key.toString());
    for await (const batch of rows(shared.codec, STATE_TOPIC, written, { wanted: isAsked }))
      for (const { record, row } of batch) {
        const name = String(record.key);
        this.#acked.set(name, Math.max(row.version, this.#acked.get(name) ?? row.version));
      }
  }

  async #tell(work: Work, state: PartitionProgress['state']): Promise<void> {
    const { shared, name } = this.#partner;
    const rows = [...work.tallies].map(([partition, { redriven: records, parked: failed, superseded, skipped }]) => {
      const passed = superseded + skipped;
      return makeCommand({
        id: work.command.id,
        partner: name,
        kind: 'progress',
        by: shared.workerId,
        progress: {
          ...{ partition, state, before: null, target: null, until: null },
          ...{ records, failed, passed, detail: work.stopped ?? null },
        },
      });
    });
    await shared.control.write(rows);
  }

  #isStopped(work: Work): boolean {
    return work.stopped !== undefined || this.#partner.shared.control.state.find(work.command.id)?.stop !== undefined;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#ended.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
  }

  #keyOf(item: Item): string {
    return `${this.#partner.name}/${item.ruleId ?? item.key}`;
  }
}

function emptyTally(): Tally {
  return { redriven: 0, parked: 0, superseded: 0, skipped: 0 };
}

function count({ tallies }: Work, partition: number, state: keyof Tally): void {
  const tally = tallies.get(partition);
  if (tally) tally[state] += 1;
}

function sum(tallies: Iterable<Tally>): Tally {
  const total = emptyTally();
  for (const tally of tallies) for (const name of Object.keys(total) as Array<keyof Tally>) total[name] += tally[name];
  return total;
}
