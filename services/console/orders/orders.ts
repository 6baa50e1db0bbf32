// What somebody orders from the page: previewed in Kafka, frozen, and given as the command line gives it. Above the two-person rule's
// bounds it becomes a proposal.
import { createHash, randomBytes } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { approvalNeeded, letterCount } from '@ess/domain/control/approval.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { REDRIVE_LETTERS_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { approve, propose, refuseChanged, standing, theProposal } from '@ess/orders/approval.ts';
import { giveRedrives } from '@ess/orders/letters/give-redrive.ts';
import type { LetterFilter } from '@ess/orders/letters/letters.ts';
import type { RedrivePlan } from '@ess/orders/letters/redrive-plan.ts';
import { dropCommands, planRedrive, redriveCommands, refuseUndelivered } from '@ess/orders/letters/redrive-plan.ts';
import { giveReplay, refuseSecondReplay } from '@ess/orders/replay/give-replay.ts';
import type { PreparedReplay, ReplayAsk } from '@ess/orders/replay/prepare-replay.ts';
import { measureOrder, prepareReplay, replayCommand } from '@ess/orders/replay/prepare-replay.ts';
import { checkOptions } from '@ess/orders/replay/replay-order.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Admin, Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import type { LetterPlan } from '../facts/letters.ts';
import type { Given, ReplayPlan, Timeline } from '../facts/orders.ts';
import type { By } from './by.ts';
import { Frozen } from './frozen.ts';
import type { KeptDesk } from './kept-desk.ts';
import { timelineOf } from './timeline.ts';

export interface OrdersOptions {
  readonly kafka: Kafka;
  /** Connected. */
  readonly admin: Admin;
  readonly log: StreamLog;
  readonly desk: Pick<KeptDesk, 'open'>;
  /** The valid connectors, by partner. */
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Above so many records a second person is needed. */
  readonly approvalRecords: number;
}

export interface LetterAsk extends Pick<LetterFilter, 'reason' | 'rule' | 'sinceMs' | 'untilMs'> {
  readonly force: boolean;
}

interface PlannedLetters {
  readonly kind: 'redrive' | 'drop';
  /** Names the letters; undefined: there are none. */
  readonly command: Command | undefined;
}

const ASKED = 'a partner asks for it';
/** A preview counts no further: more is ordered as it is, and by a second person. */
const COUNTED_MAX = 1_000_000;
/** A proposal waits as long as two shifts see it. */
const EXPIRES_MS = 24 * 3_600_000;

export class Orders {
  readonly #options: OrdersOptions;
  readonly #replays = new Frozen<PreparedReplay>();
  readonly #letters = new Frozen<PlannedLetters>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** When the records of the partner's source were written. @throws EssError ESS_USAGE for a partner that nothing is delivered to */
  async timeline(partner: string): Promise<Timeline> {
    const { kafka, admin } = this.#options;
    const { topic } = this.#connector(partner).source;
    const bounds = await admin.fetchTopicOffsets(topic);
    const within = new Map(
      bounds
        .filter(({ low, high }) => Number(low) < Number(high))
        .map(({ partition, low }) => [partition, { from: Number(low), to: Number(low) + 1 }]),
    );
    let firstMs: number | undefined;
    if (within.size > 0)
      for await (const [first] of read(kafka, { topic, within }))
        if (first) firstMs = Math.min(firstMs ?? first.timestampMs, first.timestampMs);
    return timelineOf(admin, topic, firstMs);
  }

  /**
   * @param asksOnly it becomes a proposal, however small it is
   * @throws EssError ESS_USAGE with the valid range, ESS_CONFLICT while another replay of the partner runs; the reason of `signal`
   */
  async previewReplay(
    partner: string,
    ask: ReplayAsk,
    by: string,
    signal: AbortSignal,
    asksOnly = false,
  ): Promise<ReplayPlan> {
    const { kafka, admin, desk } = this.#options;
    checkOptions(ask);
    const connector = this.#connector(partner);
    const { codec, state } = await desk.open();
    const running = state.active(partner, 'replay');
    // Who has ordered it is nothing for a partner.
    if (running && asksOnly) throw new EssError('ESS_CONFLICT', 'a replay runs: ask again when it is through');
    refuseSecondReplay(running);
    const context = { kafka, admin, codec, connector, signal, countedMax: COUNTED_MAX };
    const prepared = await prepareReplay(partner, ask, context);
    const id = randomBytes(4).toString('hex');
    this.#replays.put(id, by, prepared);
    const { preview, size } = prepared;
    return { id, partner, preview, size, needs: asksOnly ? ASKED : this.#needs(partner, size) };
  }

  /** @returns undefined: there is no such preview of this person (any more) */
  giveReplay(partner: string, id: string, { by, reason }: By, asksOnly = false): Promise<Given> | undefined {
    return this.#replays.give(id, by, async (prepared) => {
      if (prepared.partner !== partner) throw new EssError('ESS_USAGE', `${id} is not about ${partner}`);
      if (prepared.preview.records === 0 && !prepared.preview.isMore)
        throw new EssError('ESS_USAGE', 'there is nothing to replay');
      const { kafka, log, desk } = this.#options;
      const open = await desk.open();
      const command = { ...replayCommand(prepared, by, reason), id };
      if (asksOnly && open.state.proposals().some((one) => one.command.by === by && standing(one) === 'proposed'))
        throw new EssError('ESS_CONFLICT', 'what was asked before waits for an answer: one at a time');
      if (asksOnly || this.#needs(partner, prepared.size) !== null) return this.#propose(command, prepared.size);
      await giveReplay(open, { kafka, log }, prepared, command);
      return { id, status: 'given' };
    });
  }

  /** What a filter says now. @throws EssError when it cannot be read; the reason of `signal` */
  async planLetters(
    partner: string,
    kind: 'redrive' | 'drop',
    ask: LetterAsk,
    by: string,
    signal: AbortSignal,
  ): Promise<LetterPlan> {
    const { kafka, connectors, desk } = this.#options;
    const { codec } = await desk.open();
    const { force, ...filter } = ask;
    // What is dropped may be of a topic that nobody reads any more.
    const sources = kind === 'drop' ? {} : { sourceTopic: (name: string) => connectors.get(name)?.source.topic };
    const bounds = { beyondMax: COUNTED_MAX, signal };
    const limits = { limit: REDRIVE_LETTERS_MAX, force: force || kind === 'drop', ...sources, ...bounds };
    const parked = { ...filter, partner, states: new Set(['parked'] as const) };
    const plan = await planRedrive(kafka, codec, parked, limits);
    const id = `${kind}-${randomBytes(5).toString('hex')}`;
    const made = kind === 'drop' ? dropCommands : redriveCommands;
    const asked = {
      ...{ by, why: null, reason: ask.reason ?? null, ruleId: ask.rule ?? null },
      ...{ sinceMs: ask.sinceMs ?? null, untilMs: ask.untilMs ?? null, limit: plan.letters.length, force },
    };
    refuseUndelivered(kind, plan, (name) => connectors.get(name));
    const [command] = made(plan, asked, () => id);
    this.#letters.put(id, by, { kind, command });
    const { letters, elsewhere, guarded, beyond, shortened, byPartner } = plan;
    return {
      ...{ id, partner, kind, letters: letters.length, digest: digestOf(plan), elsewhere, guarded, beyond, shortened },
      byReason: Object.fromEntries(byPartner.get(partner) ?? []),
      needs: this.#needs(partner, letters.length),
    };
  }

  /** @returns undefined: there is no such preview of this person (any more) */
  giveLetters(partner: string, id: string, kind: 'redrive' | 'drop', { by, reason }: By): Promise<Given> | undefined {
    return this.#letters.give(id, by, async ({ command, kind: planned }) => {
      if (!command) throw new EssError('ESS_USAGE', `there is nothing to ${kind}`);
      if (planned !== kind || command.partner !== partner)
        throw new EssError('ESS_USAGE', `${id} is not a ${kind} for ${partner}`);
      const order = { ...command, reason, at: Date.now() };
      const letters = letterCount(order);
      if (this.#needs(partner, letters) !== null) return this.#propose(order, letters);
      await giveRedrives(await this.#options.desk.open(), [order]);
      return { id, status: 'given' };
    });
  }

  /**
   * The second person's word on what is what was proposed: it is looked at as the command line does.
   * @param digest of what was looked at
   * @throws EssError ESS_USAGE for another digest, ESS_CONFLICT when it cannot be approved, or not by them, or not any more
   */
  async approve(id: string, digest: string, { by, reason }: By): Promise<void> {
    const { kafka, admin, log, desk, connectors } = this.#options;
    const open = await desk.open();
    const found = theProposal(open.state, id);
    const approval = () => approve(open.state, id, by, digest, reason);
    approval(); // what hinders is told before anything is counted
    const { partner, replay } = found.command;
    const connector = connectors.get(partner);
    refuseChanged(found, { connector });
    if (!replay || !connector) return giveRedrives(open, [approval()]);
    const context = { kafka, admin, codec: open.codec, connector };
    const { view, size } = await measureOrder(partner, replay, context);
    refuseChanged(found, { connector, size });
    await giveReplay(open, { kafka, log }, { view }, approval());
  }

  /** Twice the same is once. */
  async pause(partner: string, kind: 'pause' | 'resume', { by, reason }: By): Promise<void> {
    const desk = await this.#options.desk.open();
    if ((desk.state.paused(partner) !== undefined) === (kind === 'pause')) return;
    const id = randomBytes(4).toString('hex');
    await desk.give([makeCommand({ id, partner, kind, by, reason: reason })]);
  }

  async #propose(command: Command, records: number): Promise<Given> {
    const desk = await this.#options.desk.open();
    const connector = this.#options.connectors.get(command.partner)?.connectorDigest;
    await desk.give([propose(command, { records, connector, expiresAtMs: Date.now() + EXPIRES_MS })]);
    return { id: command.id, status: 'proposed' };
  }

  #needs(partner: string, records: number): string | null {
    const { connectors, approvalRecords: limit } = this.#options;
    return approvalNeeded({ connector: connectors.get(partner) ?? { partner }, records, limit }) ?? null;
  }

  #connector(partner: string): Connector {
    const connector = this.#options.connectors.get(partner);
    if (connector?.deliver) return connector;
    throw new EssError('ESS_USAGE', `nothing is delivered to ${partner}: it reads for itself`);
  }
}

/** Which letters these are. */
function digestOf({ letters }: RedrivePlan): string {
  const hash = createHash('sha256');
  for (const { place } of letters) hash.update(`${place.partition}:${place.offset}\n`);
  return hash.digest('hex');
}
