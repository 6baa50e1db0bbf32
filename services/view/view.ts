// The lock-step view: which partner holds which version of which rule, folded from topics and asked by every program that shows it.
//   ess.delivery-state, sources, letters, ess.control, ess.audit -> follow/ -> fold/ -> answer.ts
//                                              what was kept of it -> store/ -> fold/
// It never asks a worker, so that it tells the truth about one that stands; and what it has not read lately it calls unknown.
import { existsSync } from 'node:fs';
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Admin, Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { ControlLog } from '@ess/stream/read/control-log.ts';
import type { FollowStart } from '@ess/stream/read/follow.ts';
import { read } from '@ess/stream/read/read.ts';
import type { RowOf } from '@ess/stream/read/rows.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { LockstepAnswer, Question } from './answer.ts';
import { agesOf, isAskedFor, showCell, shownOf } from './answer.ts';
import { AS_ACK, ackOfAttempt, ackOfState } from './fold/acks.ts';
import { Letters } from './fold/letters.ts';
import type { KnownAck } from './fold/partner-cells.ts';
import type { ViewedPartner } from './fold/viewed-partner.ts';
import { viewed } from './fold/viewed-partner.ts';
import { allEnded } from './follow/all-ended.ts';
import type { RowsOptions } from './follow/followed-rows.ts';
import { followRows } from './follow/followed-rows.ts';
import type { FollowedTopic } from './follow/followed-topic.ts';
import { ImpatientCodec } from './follow/impatient-codec.ts';
import type { GroupOfPartner } from './follow/partner-groups.ts';
import { PartnerGroups } from './follow/partner-groups.ts';
import { RecentAttempts } from './follow/recent-attempts.ts';
import { Sources } from './follow/sources.ts';
import { isStreamOnly, isViewed, StreamPartners } from './follow/stream-partners.ts';
import type { Followed } from './follow/surroundings.ts';
import { Judge } from './judge.ts';
import type { Restored, ViewStore } from './store/kept-view.ts';
import { KeptView } from './store/kept-view.ts';
import { identityOf } from './store/stamp.ts';
import { Turns } from './turns.ts';

export interface ViewOptions {
  readonly kafka: Kafka;
  readonly registry: RegistryAddress;
  /** Those that deliver or stream are in the view. */
  readonly connectors: readonly Connector[];
  /** Where a view of before is, from which this one goes on; absent: it is folded from nothing. */
  readonly store?: ViewStore;
  /** Told while it is built: topics that were read to their end, all, and records so far. */
  readonly onProgress?: (read: number, all: number, records: number) => void;
  /** Told of each row of the audit that is written from some minutes before it was opened on. */
  readonly onAttempt?: (row: DeliveryAttempt, record: ReadRecord) => void;
  /** Somebody waits for it: so long a schema registry may be away while it is built, ms, and no right may be missing. */
  readonly registryWithinMs?: number;
  readonly log?: StreamLog;
}

/** Attempts before the view was opened say how long a partner usually takes. */
const ATTEMPTS = { forMs: 5 * 60_000, maxRecords: 5_000 };

export class View implements AsyncDisposable {
  readonly #options: ViewOptions;
  readonly #codec: ImpatientCodec;
  readonly #rowsOptions: RowsOptions;
  readonly #admin: Admin;
  readonly #sources: Sources;
  readonly #letters = new Letters();
  readonly #attempts = new RecentAttempts();
  readonly #partners = new Map<string, ViewedPartner>();
  /** Those whose sources are being read: what is acked meanwhile is told to them too. */
  readonly #coming = new Map<string, ViewedPartner>();
  /** A connector that is saved twice in a row is put twice, and the last one stays. */
  readonly #turns = new Turns();
  /** All but those of sources. */
  readonly #follows: FollowedTopic[] = [];
  readonly #cleanup = new AsyncDisposableStack();
  /** Asked for pieces of the cells. */
  readonly judge = new Judge(this.#partners, () => this.#followed());
  readonly #streams: StreamPartners;
  readonly #topicIds: TopicIds;
  #acks: FollowedTopic | undefined;
  #groups: PartnerGroups | undefined;
  #kept: KeptView | undefined;
  #records = 0;
  #clusterId = '';

  private constructor(options: ViewOptions) {
    const { kafka, log } = options;
    this.#options = options;
    this.#codec = new ImpatientCodec(options.registry, options.registryWithinMs);
    const onTaken = (records: number) => {
      this.#records += records;
    };
    const isWaitedFor = options.registryWithinMs !== undefined;
    this.#rowsOptions = { kafka, codec: this.#codec, onTaken, isWaitedFor, ...(log && { log }) };
    this.#admin = kafka.admin();
    this.#cleanup.defer(() => this.#admin.disconnect());
    this.#topicIds = this.#cleanup.use(TopicIds.open(kafka));
    const reads = { ...this.#rowsOptions, topicIds: this.#topicIds };
    this.#sources = this.#cleanup.use(new Sources({ ...reads, admin: this.#admin }));
    this.#streams = this.#cleanup.use(new StreamPartners(reads));
  }

  /**
   * Resolves when everything that was written before has been read.
   * @throws EssError ESS_BROKER or ESS_REGISTRY when nobody answers there, ESS_CONFIG when a topic of ours is not there
   */
  static async open(options: ViewOptions): Promise<View> {
    const view = new View(options);
    await view.#codec.unlessGivenUp(view.#build()).catch(async (error: unknown) => {
      await view[Symbol.asyncDispose]();
      throw error;
    });
    return view;
  }

  /** What is not known is a cell that says so. */
  answer(question: Question = {}): LockstepAnswer {
    const { nowMs, partners, cells } = this.judge.all((cell) => isAskedFor(cell, question), question.partners);
    const readTo = agesOf(this.#allFollows(), nowMs);
    return shownOf({ at: new Date(nowMs).toISOString(), readTo, partners, cells: cells.map(showCell) }, question);
  }

  /** Resolves when everything that was written before is in the view. @throws EssError ESS_BROKER when that takes 5 s */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.#allFollows().map((one) => one.caughtUp()), this.#groups?.ask()]);
  }

  /** Their names, sorted. */
  get partners(): string[] {
    return [...this.#partners.keys()].sort();
  }

  /** What it is a view of; undefined: it has not all of these partners. */
  identityOf(partners: readonly string[]): string | undefined {
    const connectors = partners.flatMap((name) => this.#partners.get(name)?.connector ?? []);
    return connectors.length === partners.length ? identityOf(this.#clusterId, connectors) : undefined;
  }

  /** How the workers of a partner are; undefined: not known. */
  groupOf(partner: string): GroupOfPartner | undefined {
    return this.#groups?.of(partner);
  }

  /** The version of a rule that a partner is held against; undefined: nothing says which. */
  expectedOf(partner: string, ruleId: string): PlacedVersion | undefined {
    const one = this.#partners.get(partner);
    return one?.cells.expectedOf(ruleId, this.#sources.covers(one.source));
  }

  /** Age of the topic, or group, that was read least far, ms. @param of `shared`: without what is about some partners, whose cells say it */
  behindMs(nowMs = Date.now(), of: 'all' | 'shared' = 'all'): number {
    const read = of === 'shared' ? this.#follows : [...this.#allFollows(), ...(this.#groups?.all ?? [])];
    return Math.max(...read.map(({ readToMs }) => nowMs - readToMs));
  }

  /**
   * A connector is new or has changed. Its source is read again, as its scope may be another; until then all is as it was.
   * @throws EssError ESS_BROKER when Kafka does not answer, ESS_CONFIG when its topic is not there
   */
  put(connector: Connector): Promise<void> {
    return this.#turns.take(connector.partner, () =>
      isViewed(connector) ? this.#put(connector) : this.#remove(connector.partner),
    );
  }

  remove(partner: string): Promise<void> {
    return this.#turns.take(partner, () => this.#remove(partner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }

  async #build(): Promise<void> {
    const { kafka, log, connectors, onProgress } = this.#options;
    const startedAt = performance.now();
    await this.#admin.connect();
    this.#clusterId = (await this.#admin.describeCluster()).clusterId;
    const onCrash = (error: Error) => log?.error({ error: String(error) }, 'view.control.unreadable');
    const control = await ControlLog.open({ kafka, codec: this.#codec, onCrash, ...(log && { log }) });
    this.#cleanup.use(control);
    const restored = await this.#restore(connectors.filter(isViewed));
    for (const connector of connectors.filter(isViewed)) {
      const one = this.#partners.get(connector.partner) ?? viewed(connector, this.#sources.find(connector.source));
      this.#partners.set(connector.partner, one);
      if (isStreamOnly(connector)) this.#streams.add(connector, one.cells);
    }
    const since: FollowStart = { sinceMs: Date.now() - ATTEMPTS.forMs, maxRecords: ATTEMPTS.maxRecords };
    // What was acked comes before what is published: then it is known of a version whether it is missing.
    const tellAck = (row: DeliveryState) => this.#tellAck(row.partner, row.ruleId, ackOfState(row));
    const acks = this.#follow(STATE_TOPIC, tellAck, restored?.acks, AS_ACK).then((followed) => {
      this.#acks = followed;
    });
    const steps = [
      acks,
      this.#follow(DEAD_LETTER_STATE_TOPIC, (row) => this.#letters.settle(row)),
      this.#follow(DEAD_LETTER_TOPIC, (row, place) => this.#letters.take(row, place)),
      this.#follow(AUDIT_TOPIC, (row, record) => this.#attempted(row, record), since),
      ...this.#sources.all.map((one) =>
        acks.then(() => this.#sources.followWhenThere(one, restored?.sources.get(one))),
      ),
      ...(connectors.some(isStreamOnly) ? [this.#streams.follow()] : []),
    ];
    await allEnded(steps, (read, all) => onProgress?.(read, all, this.#records));
    const delivering = () => [...this.#partners].filter(([, { connector }]) => connector.deliver !== undefined);
    const partners = () => new Map(delivering().map(([name, { source }]) => [name, source.fields.topic]));
    const groups = { admin: this.#admin, partners, control: () => control.state, ...(log && { log }) };
    this.#groups = this.#cleanup.use(new PartnerGroups(groups));
    await this.#groups.begin();
    log?.info({ records: this.#records, tookMs: Math.round(performance.now() - startedAt) }, 'view.built');
    this.#kept?.keep(() => ({ partners: this.#partners, sources: this.#sources, acks: this.#acks }));
  }

  /** @returns undefined: everything is to be read */
  async #restore(connectors: readonly Connector[]): Promise<Restored | undefined> {
    const { store, log } = this.#options;
    if (!store || (!store.writes && !existsSync(store.file))) return undefined;
    const of = { clusterId: this.#clusterId, admin: this.#admin, topicIds: this.#topicIds };
    this.#kept = this.#cleanup.use(new KeptView({ ...store, ...of, ...(log && { log }) }));
    const restored = await this.#kept.restore(connectors, { sources: this.#sources });
    for (const [name, partner] of restored?.partners ?? []) this.#partners.set(name, partner);
    return restored;
  }

  async #put(connector: Connector): Promise<void> {
    const { partner } = connector;
    await this.#kept?.learn([connector]);
    const now = viewed(connector, this.#sources.add(connector.source));
    const before = this.#partners.get(partner);
    this.#coming.set(partner, now);
    try {
      if (!connector.deliver) await this.#streams.join(connector, now.cells);
      if (before) for (const [ruleId, acked] of before.cells.acks()) now.cells.ack(ruleId, acked);
      else await this.#readAcks(now);
      await this.#sources.follow(now.source);
    } catch (error) {
      await this.#leave(now);
      throw error;
    } finally {
      this.#coming.delete(partner);
    }
    this.#partners.set(partner, now);
    await this.#leave(before);
  }

  async #remove(partner: string): Promise<void> {
    const before = this.#partners.get(partner);
    this.#partners.delete(partner);
    await this.#leave(before);
  }

  /** Nobody reads a source whose last partner has left. */
  async #leave(before: ViewedPartner | undefined): Promise<void> {
    before?.cells.end();
    this.#streams.leave(before?.cells);
    if (before && ![...this.#partners.values()].some(({ source }) => source === before.source))
      await this.#sources.close(before.source);
  }

  async #follow<Topic extends keyof RowOf>(
    topic: Topic,
    take: Parameters<typeof followRows<Topic>>[2],
    from?: FollowStart,
    as?: ReadAs,
  ): Promise<FollowedTopic> {
    const one = this.#cleanup.use(await followRows({ ...this.#rowsOptions, ...(as && { as }) }, topic, take, from));
    this.#follows.push(one);
    await one.complete;
    return one;
  }

  async #readAcks({ connector: { partner }, cells }: ViewedPartner): Promise<void> {
    for await (const batch of rows(this.#codec, STATE_TOPIC, read(this.#options.kafka, { topic: STATE_TOPIC })))
      for (const { row } of batch) if (row.partner === partner) cells.ack(row.ruleId, ackOfState(row));
  }

  /** A state row may come seconds after the row of the audit. */
  #attempted(row: DeliveryAttempt, record: ReadRecord): void {
    this.#attempts.take(row);
    this.#options.onAttempt?.(row, record);
    const ack = ackOfAttempt(row);
    if (ack && row.ruleId !== null) this.#tellAck(row.partner, row.ruleId, ack);
  }

  #tellAck(partner: string, ruleId: string, ack: KnownAck): void {
    for (const one of [this.#partners.get(partner), this.#coming.get(partner)]) one?.cells.ack(ruleId, ack);
  }

  #followed(): Followed {
    const [groups, attempts, letters] = [this.#groups, this.#attempts, this.#letters];
    return { groups, attempts, letters, sources: this.#sources, streams: this.#streams, topics: this.#follows };
  }

  #allFollows(): FollowedTopic[] {
    return [...this.#follows, ...this.#sources.all.flatMap((one) => this.#sources.of(one)), ...this.#streams.follows];
  }
}
