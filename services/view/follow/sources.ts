// The sources of the partners in the view: what is in force (rules.latest) and the source itself, read and followed into SourceRules.
// The source is read itself, so that a projector that stands does not make old versions look like the newest.
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectorSource } from '@ess/domain/connector/connector.ts';
import { VERSION_HEADER, versionIn } from '@ess/domain/delivery/version.ts';
import { PROJECTOR_GROUP } from '@ess/domain/stream/projection.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { LATEST_TOPIC, RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { Admin } from '@ess/stream/kafkajs/client.ts';
import { askGroup } from '@ess/stream/kafkajs/refusals.ts';
import type { FollowStart } from '@ess/stream/read/follow.ts';
import type { KnowsTopicIds } from '@ess/stream/read/topic-ids.ts';
import { untilAnswered } from '@ess/stream/read/until-answered.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { SourceRules } from '../fold/source-rules.ts';
import type { RowsOptions } from './followed-rows.ts';
import { FollowedTopic, mayPass } from './followed-topic.ts';

/** For a topic that is not there. */
const LOOK_EVERY_MS = 5_000;

export interface SourcesOptions extends RowsOptions {
  readonly admin: Admin;
  readonly topicIds: KnowsTopicIds;
}

/** A record of what is in force. @param value as decoded; undefined: it has none, since the rule was withdrawn */
export function takeLatest(rules: SourceRules, record: ReadRecord, value: object | undefined): void {
  if (value) return rules.take(LATEST_TOPIC, null, record, value);
  const version = versionIn(String(record.headers[VERSION_HEADER]));
  if (record.key !== null && record.value === null && version !== undefined)
    rules.tookOut(LATEST_TOPIC, record.key.toString(), version, record);
}

/** A record of the source itself. One that maybe can be read another time may be the newest of its rule. */
export function takeOwn(rules: SourceRules, topicId: string | null, record: ReadRecord, decoded: Decoded): void {
  if (decoded.ok) rules.take(rules.fields.topic, topicId, record, decoded.record);
  else if (mayPass(decoded)) rules.tookUnread(record);
}

export class Sources implements AsyncDisposable {
  readonly #options: SourcesOptions;
  readonly #follows = new Map<SourceRules, FollowedTopic[]>();
  /** Ends the watch over the ids of its topics. */
  readonly #watches = new Map<SourceRules, () => void>();
  /** Of another log since, and not read to its end yet. */
  readonly #anew = new Set<SourceRules>();
  readonly #closing = new AbortController();
  /** Where the projector stood: what is in force has every rule of the records before. By partition. */
  readonly #covers = new Map<number, number>();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /** One that is there already and reads the same in the same way, or a new one that nobody has read yet. */
  find(source: ConnectorSource): SourceRules {
    return this.all.find((one) => one.readsAs(source)) ?? this.add(source);
  }

  /** One of its own. */
  add(source: ConnectorSource): SourceRules {
    const rules = new SourceRules(source);
    this.#follows.set(rules, []);
    return rules;
  }

  get all(): SourceRules[] {
    return [...this.#follows.keys()];
  }

  /**
   * Resolves when all that was written before has been taken in; it goes on from there.
   * @param from where to begin, by topic; default: at its beginning
   * @throws EssError ESS_BROKER when Kafka does not answer, ESS_CONFIG when a topic is not there
   */
  async follow(rules: SourceRules, from: ReadonlyMap<string, FollowStart> = new Map()): Promise<void> {
    const { topic } = rules.fields;
    const topics = topic === RULES_TOPIC ? [topic, LATEST_TOPIC] : [topic];
    // As they were before anything is read of them.
    const ids = await Promise.all(topics.map((one) => this.#options.topicIds.of(one)));
    const topicId = ids[0] ?? null;
    rules.topicId = topicId;
    // The second topic may not be there, or nobody may want the source any more: then both are closed.
    await using opened = new AsyncDisposableStack();
    const own = opened.use(
      await this.#open(topic, rules, from.get(topic), (record, decoded) => takeOwn(rules, topicId, record, decoded)),
    );
    const latest = topic === RULES_TOPIC ? [opened.use(await this.#followLatest(rules, from.get(LATEST_TOPIC)))] : [];
    const follows = [...latest, own];
    if (!this.#follows.has(rules)) return;
    opened.move(); // they stay open
    this.#follows.set(rules, follows);
    this.#watch(rules, new Map(topics.map((one, at) => [one, ids[at]])));
    await Promise.all(follows.map(({ complete }) => complete));
    this.#anew.delete(rules);
  }

  /** As `follow`. Where the topic is not there nothing is known of it, and it is looked for until it is. */
  async followWhenThere(rules: SourceRules, from?: ReadonlyMap<string, FollowStart>): Promise<void> {
    try {
      await this.follow(rules, from);
    } catch (error) {
      if (!(error instanceof EssError) || error.code !== 'ESS_CONFIG') throw error;
      this.#options.log?.warn(
        { topic: rules.fields.topic, error: error.message, why: 'a source is not there' },
        'view.waits',
      );
      void this.#lookFor(rules);
    }
  }

  /** Why nothing is known of it; undefined: its topics are followed. */
  troubleOf(rules: SourceRules): string | undefined {
    const { topic } = rules.fields;
    if (this.#anew.has(rules)) return `${topic} was made anew and is read again`;
    return this.of(rules).length === 0 ? `${topic} is not there` : undefined;
  }

  of(rules: SourceRules): readonly FollowedTopic[] {
    return this.#follows.get(rules) ?? [];
  }

  /** By partition; undefined where nothing is kept of what is in force. */
  covers({ fields }: SourceRules): ReadonlyMap<number, number> | undefined {
    return fields.topic === RULES_TOPIC ? this.#covers : undefined;
  }

  /** Nobody reads it any more. */
  async close(rules: SourceRules): Promise<void> {
    const follows = this.of(rules);
    this.#follows.delete(rules);
    this.#watches.get(rules)?.();
    this.#watches.delete(rules);
    this.#anew.delete(rules);
    await Promise.all(follows.map((follow) => follow[Symbol.asyncDispose]()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.all.map((rules) => this.close(rules)));
  }

  async #lookFor(rules: SourceRules): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.#follows.has(rules)) {
      const isThere = await this.follow(rules).then(
        () => true,
        () => false,
      );
      if (isThere) return;
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A topic that is made anew has other records, at the same places. */
  #watch(rules: SourceRules, ids: ReadonlyMap<string, string | undefined>): void {
    const { topicIds, log } = this.#options;
    const ends = [...ids].map(([topic, known]) =>
      topicIds.watch(topic, (id) => {
        if (id === null || known === undefined || id === known) return;
        log?.warn({ topic }, 'view.topic.anew');
        void this.#readAnew(rules);
      }),
    );
    this.#watches.set(rules, () => {
      for (const end of ends) end();
    });
  }

  async #readAnew(rules: SourceRules): Promise<void> {
    this.#watches.get(rules)?.();
    this.#anew.add(rules);
    const closed = this.of(rules).map((follow) => follow[Symbol.asyncDispose]());
    this.#follows.set(rules, []);
    rules.forget(); // nothing more is taken of those that are closed
    await Promise.all(closed);
    await this.#lookFor(rules);
  }

  async #followLatest(rules: SourceRules, from: FollowStart | undefined): Promise<FollowedTopic> {
    const { admin } = this.#options;
    // A Kafka that is new has no coordinator of groups yet.
    const groupId = PROJECTOR_GROUP;
    const stood = () => askGroup(groupId, () => admin.fetchOffsets({ groupId, topics: [RULES_TOPIC] }));
    const [found] = await untilAnswered(stood, { topic: `the position of group ${groupId}` });
    this.#covers.clear();
    for (const { partition, offset } of found?.partitions ?? [])
      if (Number(offset) >= 0) this.#covers.set(partition, Number(offset));
    return this.#open(LATEST_TOPIC, rules, from, (record, decoded) =>
      takeLatest(rules, record, decoded.ok ? decoded.record : undefined),
    );
  }

  #open(
    topic: string,
    { fields }: SourceRules,
    from: FollowStart | undefined,
    take: (record: ReadRecord, decoded: Decoded) => void,
  ): Promise<FollowedTopic> {
    const { kafka, codec, onTaken, log, isWaitedFor } = this.#options;
    return FollowedTopic.open({
      kafka,
      codec,
      topic,
      as: fields.reads ?? fields.topic,
      ...(topic === fields.topic && { holds: { subject: fields.subject } }),
      take,
      onTaken,
      isWaitedFor,
      ...(from && { from }),
      ...(log && { log }),
    });
  }
}
