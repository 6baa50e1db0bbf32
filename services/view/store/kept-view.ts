// A view that is kept in a file, so that the next one need not be folded from nothing: its columns, and how far each topic was read
// into them. It reads on from there; a record that is read twice changes nothing. Where the file is of no use, for whatever reason,
// everything is read again, and the log says why.
//   stamp.ts, positions.ts (does it fit?) -> keepable.ts -> kept-parts.ts -> view-file.ts -> view-file-thread.ts (SQLite)
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Admin, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { SourceRules } from '../fold/source-rules.ts';
import type { ViewedPartner } from '../fold/viewed-partner.ts';
import { viewed } from '../fold/viewed-partner.ts';
import type { Keepable } from './keepable.ts';
import { objectsOf, partnerName, partsOf, positionsOf, sourceName, sourcesOf, topicsOf } from './keepable.ts';
import { PartsThatWereKept } from './kept-parts.ts';
import type { Offsets, Positions } from './positions.ts';
import { offsetsByTopic, outOfBounds } from './positions.ts';
import type { Stamp } from './stamp.ts';
import { madeOf, misfit, partnerDigest, sourceDigest } from './stamp.ts';
import { urlFileOf } from './view-asker.ts';
import { ViewFile } from './view-file.ts';

export interface ViewStore {
  readonly file: string;
  /** False: it is read, and left as it is. */
  readonly writes: boolean;
  /** Where whoever writes it can be asked. */
  readonly url?: string;
}

export interface KeptViewOptions extends ViewStore {
  readonly clusterId: string;
  readonly admin: Pick<Admin, 'fetchTopicOffsets'>;
  readonly topicIds: Pick<TopicIds, 'of'>;
  readonly log?: Pick<StreamLog, 'info' | 'warn'>;
}

export interface Restored {
  readonly partners: ReadonlyMap<string, ViewedPartner>;
  readonly acks: Offsets;
  /** By topic that the source reads. */
  readonly sources: ReadonlyMap<SourceRules, ReadonlyMap<string, Offsets>>;
}

/** After a kill so much is read again. At the full size a copy of 200 MB is made, which takes a tenth of a second. */
const KEEP_EVERY_MS = 60_000;

export class KeptView implements AsyncDisposable {
  readonly #options: KeptViewOptions;
  readonly #file: ViewFile;
  /** As they were before anything was read of them: a topic that is made anew later has another id. */
  readonly #topicIds = new Map<string, string | undefined>();
  readonly #closing = new AbortController();
  /** Of which the file has all that has not changed since; empty: of none. */
  #kept: readonly object[] = [];
  #keptPositions = '';
  #mayWrite = false;
  #hasFailed = false;
  #keep: (() => Promise<void>) | undefined;
  #keeping: Promise<void> = Promise.resolve();

  /** Nothing is read yet. */
  constructor(options: KeptViewOptions) {
    this.#options = options;
    this.#file = new ViewFile(options.file);
  }

  /** Before anything is read of these. @throws kafkajs's errors */
  async learn(connectors: readonly Connector[]): Promise<void> {
    const unknown = topicsOf(connectors).filter((topic) => !this.#topicIds.has(topic));
    const ids = await Promise.all(unknown.map((topic) => this.#options.topicIds.of(topic)));
    for (const [index, topic] of unknown.entries()) this.#topicIds.set(topic, ids[index]);
  }

  /**
   * What was kept of these partners, to read on from.
   * @returns undefined: it is of no use, and the log says why
   */
  async restore(connectors: readonly Connector[], view: Pick<Keepable, 'sources'>): Promise<Restored | undefined> {
    const { file, log } = this.#options;
    await this.learn(connectors);
    const added: SourceRules[] = [];
    try {
      await this.#lock();
      if (!existsSync(file)) throw new Error('there is no such file yet');
      const { stamp, positions } = await this.#fitting(connectors);
      const { partners, numbers } = await this.#load(connectors, stamp, view, added);
      const isAll = Object.keys(stamp.partners).length === partners.size && numbers.size === stamp.sources.length;
      const isInOrder = sourcesOf(partners).every((source, number) => numbers.get(number) === source);
      if (this.#mayWrite && isAll && isInOrder) {
        this.#kept = objectsOf(partners);
        this.#keptPositions = JSON.stringify(positions);
      }
      log?.info({ file, partners: partners.size }, 'view.file.restored');
      return {
        partners,
        acks: new Map(positions.acks),
        sources: new Map([...numbers].map(([number, source]) => [source, offsetsByTopic(positions.sources[number])])),
      };
    } catch (error) {
      for (const source of added) await view.sources.close(source);
      log?.info({ file, why: (error as Error).message }, 'view.file.anew');
      return undefined;
    } finally {
      await this.#file.endRead().catch(() => undefined);
    }
  }

  /** From now on the view is kept, unless another process keeps its own. @param view as it is at that moment */
  keep(view: () => Keepable): void {
    if (!this.#options.writes) return;
    this.#keep = async () => {
      const { file, log } = this.#options;
      try {
        await this.#save(view());
        this.#hasFailed = false;
      } catch (error) {
        if (!this.#hasFailed) log?.warn({ file, error: String(error) }, 'view.file.failed');
        this.#hasFailed = true;
      }
    };
    this.#keeping = this.#run(this.#keep);
  }

  /** What has changed since is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#keeping;
    await this.#keep?.();
    await this.#file[Symbol.asyncDispose]();
  }

  async #run(keep: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await keep();
      await delay(KEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #lock(): Promise<void> {
    const { file, writes, url } = this.#options;
    if (this.#mayWrite || !writes) return;
    this.#mayWrite = await this.#file.lock();
    if (this.#mayWrite && url !== undefined) await writeFile(urlFileOf(file), url, { mode: 0o600 });
  }

  /** @throws Error that says why what was kept does not fit */
  async #fitting(connectors: readonly Connector[]): Promise<{ stamp: Stamp; positions: Positions }> {
    const stamp = (await this.#read('stamp')).value<Stamp>('stamp');
    const topicIds = new Map(topicsOf(connectors).map((topic) => [topic, this.#topicIds.get(topic)]));
    const why = misfit(stamp, { clusterId: this.#options.clusterId, topicIds, connectors });
    if (why !== undefined) throw new Error(why);
    const positions = (await this.#read('positions')).value<Positions>('positions');
    const beyond = await outOfBounds(positions, this.#options.admin, (topic) => topicIds.has(topic));
    if (beyond !== undefined) throw new Error(beyond);
    return { stamp, positions };
  }

  /** @param added takes the sources that it has made, also of one that fails in the middle */
  async #load(
    connectors: readonly Connector[],
    stamp: Stamp,
    { sources }: Pick<Keepable, 'sources'>,
    added: SourceRules[],
  ): Promise<{ partners: Map<string, ViewedPartner>; numbers: Map<number, SourceRules> }> {
    const numbers = new Map<number, SourceRules>();
    const partners = new Map<string, ViewedPartner>();
    for (const connector of connectors) {
      const number = stamp.partners[connector.partner]?.source ?? 0;
      let source = numbers.get(number);
      if (!source) {
        source = sources.add(connector.source);
        added.push(source);
        numbers.set(number, source);
        source.load(await this.#read(sourceName(number)), sourceName(number));
      }
      const partner = viewed(connector, source);
      partner.cells.load(await this.#read(partnerName(connector)), partnerName(connector));
      partners.set(connector.partner, partner);
    }
    return { partners, numbers };
  }

  async #save(view: Keepable): Promise<void> {
    await this.#lock();
    const stamp = this.#stamp(view.partners);
    if (!this.#mayWrite || !stamp) return;
    const objects = objectsOf(view.partners);
    const whole = objects.length !== this.#kept.length || objects.some((one, at) => one !== this.#kept[at]);
    const positions = positionsOf(view);
    if (!whole && JSON.stringify(positions) === this.#keptPositions) return;
    this.#kept = []; // until all of it is kept
    const kept = await this.#file.save(partsOf(view, stamp, positions, whole), whole);
    if (kept === 'gone') return this.#save(view);
    if (whole) this.#options.log?.info({ file: this.#options.file, partners: view.partners.size }, 'view.file.kept');
    this.#kept = objects;
    this.#keptPositions = JSON.stringify(positions);
  }

  /** @returns undefined: this Kafka does not say which topics it has, so that nobody could tell whether what is kept fits */
  #stamp(partners: Keepable['partners']): Stamp | undefined {
    const topicIds: Record<string, string> = {};
    for (const topic of topicsOf([...partners.values()].map(({ connector }) => connector))) {
      const id = this.#topicIds.get(topic);
      if (id === undefined) return undefined;
      topicIds[topic] = id;
    }
    const sources = sourcesOf(partners);
    const stamped = [...partners].map(([name, { connector, source }]) => [
      name,
      { source: sources.indexOf(source), digest: partnerDigest(connector) },
    ]);
    return madeOf({
      clusterId: this.#options.clusterId,
      topicIds,
      sources: sources.map(({ fields }) => sourceDigest(fields)),
      partners: Object.fromEntries(stamped),
    });
  }

  async #read(prefix: string): Promise<PartsThatWereKept> {
    return new PartsThatWereKept(await this.#file.read(prefix));
  }
}
