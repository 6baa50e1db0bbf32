// The replays of one assignment: what they need to know at its start, when one has read its last record, and its close.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { stopWindow } from '@ess/domain/control/replay-window.ts';
import type { LeftLog } from '@ess/stream/group/assignment.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { PartitionIntake } from '../intake/partition-intake.ts';
import type { PullInto } from '../intake/pull.ts';
import { Pull } from '../intake/pull.ts';
import { Backoff } from '../item/backoff.ts';
import type { Item } from '../item/item.ts';
import { PartitionReplay } from '../item/partition-replay.ts';
import type { PartnerContext } from '../partner-context.ts';
import { ReplayClose } from './replay-close.ts';

export interface AssignmentReplayActions extends PullInto {
  /** The position has jumped. */
  readonly over: (intake: PartitionIntake) => void;
  /** Not at all when the assignment is over by then. */
  readonly later: (waitMs: number, then: () => void) => void;
}

const READ_AGAIN_REMEDY =
  'nothing has to be done: what the partner has acked is not sent again; "ess replay" sends it all the same';
/** Partitions that close together read the acked versions once. */
const SHARED_READ_MS = 2_000;
/** They are read in batches, so a few more are in memory. */
const CLOSING_LIMITS = { items: 2_000, bytes: Number.POSITIVE_INFINITY };

export class AssignmentReplays {
  readonly #partner: PartnerContext;
  readonly #group: Pick<Group, 'partitionCount' | 'seek'>;
  readonly #actions: AssignmentReplayActions;
  readonly #ended = new AbortController();
  /** Where the reading of acked versions has come to. */
  readonly #ackedPosition: number[] = [];
  #reading: { readonly at: number; readonly done: Promise<void> } | undefined;

  constructor(
    partner: PartnerContext,
    group: Pick<Group, 'partitionCount' | 'seek'>,
    actions: AssignmentReplayActions,
  ) {
    this.#partner = partner;
    this.#group = group;
    this.#actions = actions;
  }

  /**
   * Reads what the partner has acknowledged, where that is compared with; and what earlier owners have sent of a replay that
   * goes on here.
   * @returns logs of before, by what was acked in them: with its topic Kafka deletes the positions in it
   */
  async open(intakes: readonly PartitionIntake[]): Promise<readonly LeftLog[]> {
    const { ledger, shared, name } = this.#partner;
    ledger.newest.forget();
    await this.#stopRefused(intakes);
    const running = intakes.flatMap(({ partition, replay }) =>
      replay && replay.phase !== 'over' ? [{ partition, replay }] : [],
    );
    const readAgain = intakes.filter(({ ackedUntil, startedOver }) => startedOver || ackedUntil !== undefined);
    if (running.length + readAgain.length === 0) return [];
    ledger.newest.begin();
    await this.#readAcked();
    const left = this.#leftLogs(readAgain);
    this.#tellReadAgain(readAgain, left.length > 0);
    const inherited = running.filter(({ replay }) => !replay.fresh);
    const sinceById = new Map<string, number>();
    for (const { window } of inherited.map(({ replay }) => replay)) sinceById.set(window.id, window.movedAtMs);
    for (const [id, sinceMs] of sinceById) {
      const sent = await shared.history.sent(name, id, sinceMs);
      for (const { partition, replay } of inherited)
        if (replay.window.id === id)
          for (const [ruleId, version] of sent.get(partition) ?? []) replay.sent.set(ruleId, version);
    }
    return left;
  }

  /** Positions may have been moved by somebody who does not ask whether he may: nothing of that is sent. */
  async #stopRefused(intakes: readonly PartitionIntake[]): Promise<void> {
    const { gate, log } = this.#partner;
    for (const intake of intakes) {
      const { replay, partition } = intake;
      if (!replay || replay.phase === 'over' || replay.window.stop !== null) continue;
      const { id } = replay.window;
      const moved = intakes.flatMap((one) =>
        one.replay?.window.id === id ? [{ ...one.replay.window, partition: one.partition }] : [],
      );
      const why = await gate.refusal(this.#orderOf(id), moved);
      if (why === undefined) continue;
      log.warn({ replay: replay.window.id, partition, why }, 'replay.refused');
      intake.replay = new PartitionReplay(
        stopWindow(replay.snapshot, intake.watermark.position, 'cancel'),
        replay.fresh,
      );
    }
  }

  /** Of an order that is not on record it is known where the positions are, and nothing else. */
  #orderOf(id: string): Pick<CommandState, 'command' | 'approval'> {
    const { shared, name, connector } = this.#partner;
    const found = shared.control.state.find(id);
    if (found) return found;
    const { topic } = connector.source;
    const nothing = { partitions: [], key: null, newIds: false, ratePerSecond: null, current: false };
    const replay = { topic, ...nothing };
    return { command: makeCommand({ id, partner: name, kind: 'replay', by: '', replay }), approval: undefined };
  }

  /** A partner that has acked nothing is a new one: nothing is compared with. */
  #tellReadAgain(intakes: readonly PartitionIntake[], isAnew: boolean): void {
    const { ledger, log, connector } = this.#partner;
    const { size: rules } = ledger.newest.versions;
    if (rules === 0) for (const intake of intakes) intake.nothingAcked();
    const begun = intakes.filter(({ ackedUntil, startedOver }) => startedOver && ackedUntil !== undefined);
    if (begun.length === 0 || isAnew) return;
    const { topic } = connector.source;
    const partitions = begun.map(({ partition, ackedUntil }) => ({ partition, ackedUntil }));
    log.warn({ topic, partitions, rules, remedy: READ_AGAIN_REMEDY }, 'position.gone');
  }

  /** What that log held behind the last acked record may never have been sent. */
  #leftLogs(intakes: readonly PartitionIntake[]): LeftLog[] {
    const { ledger, connector } = this.#partner;
    const { topic } = connector.source;
    const last = new Map<number, { readonly offset: number; readonly topicId: string }>();
    for (const { topic: of, topicId, partition, offset } of ledger.newest.versions.values())
      if (of === topic && topicId != null && offset > (last.get(partition)?.offset ?? -1))
        last.set(partition, { offset, topicId });
    return intakes.flatMap(({ partition, startedOver, isLeft }) => {
      const acked = last.get(partition);
      if (!startedOver || isLeft || !acked || ledger.topicId === null || acked.topicId === ledger.topicId) return [];
      const why = `the topic was made anew: what the partner acked was of the one with the id ${acked.topicId}, and this one has ${ledger.topicId}`;
      return [{ partition, position: acked.offset + 1, why }];
    });
  }

  settled(intake: PartitionIntake, item: Item): void {
    const { replay } = intake;
    if (replay?.phase === 'reading' && item.delivered && item.replayId === replay.window.id) replay.noted(item);
    this.check(intake);
  }

  /** When everything that was selected is settled, the replay is closed. */
  check(intake: PartitionIntake): void {
    const { replay, watermark } = intake;
    if (replay?.phase !== 'reading' || watermark.position < replay.limit || this.#ended.signal.aborted) return;
    replay.phase = 'closing';
    this.#close(intake, replay);
  }

  /** The command is through by what ess.control says: the owner before us did not get to say so here. */
  skip(intake: PartitionIntake): void {
    intake.replay?.skipped.abort();
    if (intake.replay && intake.replay.phase !== 'over') this.#jump(intake, intake.replay);
    intake.replay = undefined;
    this.#actions.over(intake);
  }

  /** The assignment is over. */
  end(): void {
    this.#ended.abort();
  }

  #close(intake: PartitionIntake, replay: PartitionReplay, backoff = new Backoff()): void {
    const { log } = this.#partner;
    this.#sendLast(intake, replay).then(
      () => {
        if (this.#ended.signal.aborted || intake.replay !== replay) return;
        this.#jump(intake, replay);
        this.#actions.over(intake);
      },
      (error: unknown) => {
        if (this.#ended.signal.aborted || intake.replay !== replay) return;
        log.warn({ partition: intake.partition, error: String(error) }, 'replay.close-retried');
        const waitMs = backoff.failed(performance.now());
        this.#actions.later(waitMs, () => this.#close(intake, replay, backoff));
      },
    );
  }

  /** Resolves when all of it is settled. @throws when the assignment ends first, or when something cannot be read */
  async #sendLast({ partition }: PartitionIntake, replay: PartitionReplay): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, replay.skipped.signal]);
    await this.#readAgain();
    const { partitionCount } = this.#group;
    const close = new ReplayClose({ partner: this.#partner, partition, replay, signal, partitionCount });
    await new Pull(close, this.#actions, CLOSING_LIMITS, signal).run();
    if (close.sent > 0) this.#partner.log.info({ partition, records: close.sent }, 'replay.newest-last');
  }

  /** What other owners have put on record meanwhile: a rule whose partition has changed is acked elsewhere. */
  async #readAgain(): Promise<void> {
    const now = performance.now();
    const last = this.#reading;
    if (last && now - last.at <= SHARED_READ_MS) return last.done;
    // One after the other: both would move the same position.
    const done = (last?.done ?? Promise.resolve()).catch(() => undefined).then(() => this.#readAcked());
    this.#reading = { at: now, done };
    return done;
  }

  #readAcked(): Promise<void> {
    const { ledger, shared, name } = this.#partner;
    return shared.history.acked(name, this.#ackedPosition, (ruleId, acked) => ledger.hadAcked(ruleId, acked));
  }

  #jump({ partition, watermark }: PartitionIntake, replay: PartitionReplay): void {
    replay.phase = 'over';
    watermark.advance(replay.window.resume);
    this.#group.seek(partition, watermark.next);
  }
}
