// One redrive, as this assignment carries it out: a source of items that intake/pull.ts takes through the lanes.
//
//   done before? -> newest acked versions -> letters -> (lane, attempt) -> settled -> state row -> counted

import { makeCommand } from '@ess/domain/control/control-state.ts';
import { letterKey } from '@ess/domain/delivery/dead-letters.ts';
import { letterDeliveryId } from '@ess/domain/delivery/delivery-id.ts';
import type { Command, DeadLetterState, PartitionProgress, RedriveOrder } from '@ess/schemas/generated/types.ts';
import { DEAD_LETTER_STATE_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { ItemSource, Pulled } from '../intake/pull.ts';
import { readRecord } from '../intake/read-record.ts';
import type { ScopeExits } from '../intake/scope-exits.ts';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import type { PartnerContext } from '../partner-context.ts';
import { NewestAcked } from '../record/newest-acked.ts';
import type { Letter } from './letters.ts';
import { fatesSince, letterKeys, readLetters } from './letters.ts';
import type { LetterEnd } from './redrive-tally.ts';
import { RedriveTally } from './redrive-tally.ts';

/** The letter was too large to be kept whole, and what was left out of it is gone. */
const RECORD_GONE = 'the letter was shortened and its record has left the source topic: it cannot be sent again';

/** What an assignment knows of rules that leave the scope. */
export interface RedriveScope {
  /** Partitions of the assignment; none before it has recovered what an earlier owner left. */
  readonly partitions: () => readonly number[];
  readonly scopeExits: Pick<ScopeExits, 'decide'>;
}

interface Sent {
  readonly place: Letter['place'];
  end: LetterEnd;
}

export class RedriveRun implements ItemSource {
  readonly tally: RedriveTally;
  readonly #partner: PartnerContext;
  readonly #command: Command;
  readonly #order: RedriveOrder;
  readonly #scope: RedriveScope;
  readonly #signal: AbortSignal;
  /** What is on record of each partition. */
  readonly #told = new Map<number, string>();
  #telling: Promise<void> = Promise.resolve();
  readonly #sent = new WeakMap<Item, Sent>();
  /** Rules that are being redriven, as partner/rule; none when nothing is compared. */
  readonly #rules = new Set<string>();
  /** The newest version that the partner acknowledged of each of them, by the same name. */
  readonly #acked = new NewestAcked();
  /** The newest letter of each that is out of scope, whether the partner was told or not: no older one goes out after it. */
  readonly #left = new NewestAcked();

  constructor(
    partner: PartnerContext,
    command: Command,
    order: RedriveOrder,
    partitions: readonly number[],
    scope: RedriveScope,
    signal: AbortSignal,
  ) {
    this.#partner = partner;
    this.#command = command;
    this.#order = order;
    this.#scope = scope;
    this.#signal = signal;
    this.tally = new RedriveTally(partner.name, order.topic, partner.connector.source.topic, partitions);
  }

  async *items(): AsyncGenerator<Pulled> {
    const { kafka, codec } = this.#partner.shared;
    if (this.#isStopped) return;
    const fates = await fatesSince(kafka, codec, this.#command, this.#signal, (row) => this.tally.before(row));
    if (!this.#order.force) await this.#readAcked();
    for await (const letter of readLetters(kafka, codec, this.#order.letters, this.#signal)) {
      if (this.#isStopped) return;
      if (!this.tally.isDue(letter.letter)) continue;
      if (fates.of(letter.letter, letter.place).state !== 'parked') {
        this.tally.count(letter.letter.partition, 'skipped'); // dropped or redriven while the order waited
        continue;
      }
      const pulled = this.#pulled(letter);
      if (pulled.item.scopeExit !== 'no') await this.#learnInForce(pulled.item);
      yield pulled;
    }
  }

  /** What to do with a letter whose turn in its lane has come. */
  decide(item: Item): 'send' | 'skip' | 'superseded' | 'leave' {
    if (this.#isStopped) return 'leave';
    const isSuperseded = this.#isCovered(this.#acked, item);
    this.#sentOf(item).end = isSuperseded ? 'superseded' : 'skipped';
    if (isSuperseded) return 'superseded';
    if (item.scopeExit === 'no') return this.#isCovered(this.#left, item) ? 'skip' : 'send';
    this.#raise(this.#left, item);
    return this.#scope.scopeExits.decide(item);
  }

  /** The partner has acknowledged a version, whichever way it was sent. */
  acked(item: Item): void {
    this.#raise(this.#acked, item);
  }

  /** The audit row is acknowledged; now the letter's own. */
  settled(item: Item): Promise<unknown> {
    const sent = this.#sentOf(item);
    if (item.delivered) sent.end = 'redriven';
    else if (item.parked) sent.end = 'parked';
    return this.#partner.shared.outbox.append([this.#stateRow(item, sent)]);
  }

  counted(item: Item): void {
    this.tally.count(item.partition, this.#sentOf(item).end);
  }

  /** Puts on record how far it is, where that has changed: a partner may be held for days. One word after the other. */
  tell(state: PartitionProgress['state']): Promise<void> {
    this.#telling = this.#telling.catch(() => undefined).then(() => this.#tell(state));
    return this.#telling;
  }

  async #tell(state: PartitionProgress['state']): Promise<void> {
    const { shared, name } = this.#partner;
    const { id } = this.#command;
    const news = this.tally
      .progress(state)
      .map((progress) => [progress.partition, progress, JSON.stringify(progress)] as const)
      .filter(([partition, , text]) => this.#told.get(partition) !== text);
    if (news.length === 0) return;
    await shared.control.write(
      news.map(([, progress]) => makeCommand({ id, partner: name, kind: 'progress', by: shared.workerId, progress })),
    );
    for (const [partition, , text] of news) this.#told.set(partition, text);
  }

  get isCancelled(): boolean {
    return this.#partner.shared.control.state.find(this.#command.id)?.stop !== undefined;
  }

  get #isStopped(): boolean {
    return this.tally.stopped !== undefined || this.isCancelled;
  }

  #pulled({ letter, record, place, gone }: Letter): Pulled {
    const { shared, connector, log, partnerTopic } = this.#partner;
    const { topic, topicId, partition, offset } = letter;
    const decoded = readRecord(this.#partner, topic, partnerTopic, record);
    const inScope = !decoded.ok || connector.inScope(decoded.record);
    shared.atWork.end();
    const id = letterDeliveryId(shared.clusterId, letter);
    const replayId = this.#command.id;
    const item = makeItem(record, decoded, connector.source, id, 0, { topicId, replayId, redriven: true });
    item.partnerTopic = partnerTopic;
    this.#sent.set(item, { place, end: 'skipped' });
    if (gone) {
      item.parked = place;
      log.warn({ redrive: replayId, topic, partition, offset, why: RECORD_GONE }, 'redrive.record-gone');
      return { item, rows: Promise.resolve() };
    }
    if (!inScope) item.scopeExit = 'maybe';
    return { item };
  }

  #sentOf(item: Item): Sent {
    return this.#sent.get(item) as Sent;
  }

  #stateRow(item: Item, { place, end }: Sent) {
    const { shared, name } = this.#partner;
    const { topic, partition, offset } = item;
    // Kafka may not say where it wrote the new letter, but it is behind the old one.
    const written = item.parked?.offset === -1 ? place.offset + 1 : item.parked?.offset;
    const row: DeadLetterState = {
      partner: name,
      topic,
      partition,
      offset,
      ruleId: item.ruleId,
      state: end,
      times: end === 'superseded' ? place.times : place.times + 1,
      redriveId: this.#command.id,
      letterPartition: place.partition,
      letterOffset: written ?? place.offset,
      at: Date.now(),
      by: shared.workerId,
      reason: item.parked === place ? RECORD_GONE : null,
    };
    return { topic: DEAD_LETTER_STATE_TOPIC, key: letterKey(row), value: shared.encode.letterState(row) };
  }

  /** What the partner has acknowledged of the letters' rules; `acked` keeps it up to date from here on. */
  async #readAcked(): Promise<void> {
    const { shared, ledger } = this.#partner;
    const signal = this.#signal;
    for (const key of await letterKeys(shared.kafka, this.#order.letters, signal)) this.#rules.add(key);
    this.#acked.begin();
    this.#left.begin();
    await ledger.states.flush();
    const written = read(shared.kafka, { topic: STATE_TOPIC, signal, beside: 'live' });
    const isAsked = ({ key }: ReadRecord) => key !== null && this.#rules.has(key.toString());
    for await (const batch of rows(shared.codec, STATE_TOPIC, written, { wanted: isAsked }))
      for (const { record, row } of batch) this.#acked.raise(String(record.key), row, ledger.versionsAreOffsets);
  }

  /** Whether the partner has the rule of a letter that is out of scope is known from here on. */
  async #learnInForce({ partition, ruleId, key }: Item): Promise<void> {
    const { inForce } = this.#partner.ledger;
    if (inForce.has(partition, ruleId ?? key) === undefined) await inForce.learn(this.#scope.partitions());
  }

  #raise(newest: NewestAcked, item: Item): void {
    const { ledger } = this.#partner;
    const rule = this.#keyOf(item);
    if (this.#rules.has(rule)) newest.raise(rule, ledger.versionOf(item), ledger.versionsAreOffsets);
  }

  /** Whether it has this version of the rule, or a newer one. */
  #isCovered(newest: NewestAcked, item: Item): boolean {
    const { ledger } = this.#partner;
    const rule = this.#keyOf(item);
    const asked = ledger.versionOf(item);
    const isOffset = ledger.versionsAreOffsets;
    // Whoever parked it without the topic's id knew of one log only: as ever, the larger offset is newer.
    if (newest.covers(rule, asked, isOffset && asked.topicId !== null)) return true;
    const log = newest.versions.get(rule)?.topicId;
    // What the partner has of the topic of now is newer than all of one that is gone.
    return (
      (isOffset || item.version === null) &&
      asked.topicId !== null &&
      log != null &&
      log === ledger.topicId &&
      asked.topicId !== log
    );
  }

  #keyOf(item: Item): string {
    return `${this.#partner.name}/${item.ruleId ?? item.key}`;
  }
}
