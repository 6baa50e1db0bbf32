// How the workers of each partner are, asked of Kafka every few seconds: members, positions, and what an owner says with its commits.
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlState } from '@ess/domain/control/control-state.ts';
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { partnerStatus } from '@ess/domain/control/partner-status.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { Admin, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { wallTimeOf } from './read-at.ts';

export interface GroupOfPartner {
  readonly status: PartnerStatus;
  /** By partition of the source. */
  readonly positions: ReadonlyMap<number, number>;
  /** When this was asked, ms since 1970. */
  readonly readToMs: number;
}

export interface PartnerGroupsOptions {
  readonly admin: Admin;
  /** Those that deliver, with their topics. */
  readonly partners: () => ReadonlyMap<string, string>;
  readonly control: () => ControlState;
  readonly log?: Pick<StreamLog, 'warn'>;
}

const ASK_EVERY_MS = 2_000;
/** Kafka's client asks for a topic that is not there for hours. */
const ANSWER_WITHIN_MS = 8_000;
/** Questions to Kafka at once. */
const AT_ONCE = 8;

export class PartnerGroups implements AsyncDisposable {
  readonly #options: PartnerGroupsOptions;
  readonly #known = new Map<string, GroupOfPartner & { readonly readAt: number }>();
  /** Why a partner's group could not be asked. */
  readonly #troubles = new Map<string, string>();
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: PartnerGroupsOptions) {
    this.#options = options;
  }

  /** Resolves when each was asked once. */
  async begin(): Promise<void> {
    await this.ask();
    this.#running = this.#run();
  }

  of(partner: string): GroupOfPartner | undefined {
    return this.#known.get(partner);
  }

  get all(): GroupOfPartner[] {
    return [...this.#known.values()];
  }

  troubleOf(partner: string): string | undefined {
    return this.#troubles.get(partner);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.ask();
    }
  }

  /** Each of them, once. What cannot be asked stays as it was, and grows old. */
  async ask(): Promise<void> {
    const partners = [...this.#options.partners()];
    for (const partner of this.#known.keys()) if (!this.#options.partners().has(partner)) this.#known.delete(partner);
    const next = async (): Promise<void> => {
      for (let one = partners.shift(); one; one = partners.shift()) await this.#ask(...one);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async #ask(partner: string, topic: string): Promise<void> {
    const { admin, control, log } = this.#options;
    const [nowMs, readAt] = [Date.now(), performance.now()];
    try {
      const { members, partitions } = await this.#inTime(viewGroup(admin, `ess.${partner}`, topic), topic);
      const status = partnerStatus({
        partner,
        topic,
        members,
        nowMs,
        paused: control().paused(partner),
        replay: control().active(partner, 'replay'),
        partitions: partitions.map((one) => ({ ...one, oldestMs: undefined })),
      });
      const positions = new Map(partitions.map(({ partition, position }) => [partition, position]));
      // Of two questions at once the later one counts.
      if (readAt >= (this.#known.get(partner)?.readAt ?? 0))
        this.#known.set(partner, {
          status,
          positions,
          readAt,
          get readToMs() {
            return wallTimeOf(readAt);
          },
        });
      this.#troubles.delete(partner);
    } catch (error) {
      this.#troubles.set(partner, (error as Error).message);
      log?.warn({ partner, error: String(error), why: 'the group cannot be asked' }, 'view.waits');
    }
  }

  async #inTime<T>(answer: Promise<T>, topic: string): Promise<T> {
    answer.catch(() => undefined); // it may fail when nobody waits for it any more
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#closing.signal]);
    const late = delay(ANSWER_WITHIN_MS, undefined, { signal })
      .catch(() => undefined)
      .then(() => Promise.reject(new Error(`Kafka says nothing of ${topic}, or of its workers`)));
    late.catch(() => undefined);
    try {
      return await Promise.race([answer, late]);
    } finally {
      over.abort();
    }
  }
}
