// What the commands of ess.control mean for the partitions that are ours: replays begin, stop and are reported here.
// To move a position the assignment is ended as a rebalance ends it: what is in flight settles, the watermark is committed.
// Then the target is committed, with the replay in its metadata, and the same partitions are opened again from there. So
// a position is never without its replay: a crash at any step leaves either the old position or the new one. The next owner
// compares ess.control with the metadata that it finds, and does what is left to do:
//
//   not in the metadata, nothing on record   move it            in the metadata, nothing on record   record that it moved
//   in the metadata, through on record       jump to `resume`   neither, but recorded as moved       another tool moved it
//
// The audit row of a move stands before its progress: after a crash between them the next owner writes both, the row a second time.
// While the audit topic cannot be written, no replay shows that it has moved or is over.
//
// A command may name a partition that the cluster does not have, or another topic. That is put on record as `unchanged`, so that
// the command ends; and so is one that is refused, as a second person would have had to approve it. A move that fails waits before it is tried again: each time the assignment is ended for it.
import { orderedBy } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand, partitionsOf } from '@ess/domain/control/control-state.ts';
import { isFinal } from '@ess/domain/control/progress.ts';
import type { ReplayWindow } from '@ess/domain/control/replay-window.ts';
import { moveOrderOf, openWindow, stopWindow } from '@ess/domain/control/replay-window.ts';
import type { ProgressState } from '@ess/schemas/generated/types.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { PartitionIntake } from '../intake/partition-intake.ts';
import { Backoff } from '../item/backoff.ts';
import type { PartitionReplay } from '../item/partition-replay.ts';
import type { PartnerContext } from '../partner-context.ts';

/** What a move needs of the assignment that it ends. */
export interface MovableAssignment {
  readonly isLive: boolean;
  /** Whether nothing was in flight or without its audit row when it ended. */
  readonly endedClean: boolean;
  /** ms since 1970 */
  readonly startedAtMs: number;
  /** By partition. */
  readonly intakes: ReadonlyMap<number, PartitionIntake>;
  skipReplay(intake: PartitionIntake): void;
}

type MovingGroup = Pick<Group, 'partitionCount' | 'countPartitions' | 'reopen' | 'commit'>;

export class ReplayCommands {
  readonly #partner: PartnerContext;
  readonly #group: MovingGroup;
  readonly #assignment: () => MovableAssignment | undefined;
  /** What this process has put on record, by command and partition; ess.control brings it back a little later. */
  readonly #recorded = new Map<string, ProgressState>();
  /** Replays whose end is being put on record. */
  readonly #ending = new Set<PartitionReplay>();
  readonly #backoff = new Backoff();
  #later: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #again = false;

  constructor(partner: PartnerContext, group: MovingGroup, assignment: () => MovableAssignment | undefined) {
    this.#partner = partner;
    this.#group = group;
    this.#assignment = assignment;
  }

  /** Something has changed: a command, or the assignment. */
  look(): void {
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#again) this.look(); // between its last check and here
    });
  }

  /** The position of a partition has jumped to where its replay began. */
  over(intake: PartitionIntake): void {
    const replay = intake.replay;
    if (!replay) return;
    if (this.#ending.has(replay)) return;
    this.#ending.add(replay);
    this.#over(intake, replay)
      .catch((error: unknown) => {
        this.#partner.log.warn({ error: String(error) }, 'command.waits');
        this.#lookLater(this.#backoff.failed(performance.now()));
      })
      .finally(() => this.#ending.delete(replay));
  }

  async #over(intake: PartitionIntake, replay: PartitionReplay): Promise<void> {
    const { window } = replay;
    const state = window.stop === null ? 'completed' : window.stop === 'undo' ? 'undone' : 'cancelled';
    const { log, gate, shared } = this.#partner;
    const { delivered } = replay;
    log.info({ replay: window.id, partition: intake.partition, records: delivered, state }, 'replay.over');
    // What nobody has stopped was moved by somebody who did not ask whether he may. This worker or an earlier owner has stopped it.
    const order = shared.control.state.find(window.id);
    const isAsked = state === 'cancelled' && order !== undefined && order.stop === undefined;
    const moved = [{ ...window, partition: intake.partition }];
    const why = (isAsked ? await gate.refusal(order, moved) : gate.refused(window.id)) ?? null;
    const isRefused = state === 'cancelled' && why !== null;
    const detail = isRefused ? why : null;
    const onRecord = await this.#record(window.id, intake.partition, state, window, delivered, detail, isRefused);
    if (onRecord && intake.replay === replay) intake.replay = undefined;
  }

  async #work(): Promise<void> {
    while (this.#again) {
      // An assignment that says it has begun seeks in the same turn: what is put on record comes after that.
      await new Promise((resolve) => setImmediate(resolve));
      this.#again = false;
      try {
        await this.#compare();
      } catch (error) {
        this.#partner.log.warn({ error: String(error) }, 'command.waits');
        this.#lookLater(this.#backoff.failed(performance.now()));
      }
    }
  }

  async #compare(): Promise<void> {
    const assignment = this.#assignment();
    if (!assignment?.isLive) return;
    const { state: control } = this.#partner.shared.control;
    const active = control.active(this.#partner.name, 'replay');
    const refused = active && (await this.#refusal(active, assignment));
    if (!assignment.isLive) return;
    const moving: number[] = [];
    const stopping: number[] = [];
    for (const intake of assignment.intakes.values()) {
      const { partition, replay } = intake;
      if (replay) {
        const command = control.find(replay.window.id);
        const known = command?.progress.get(partition);
        const recorded = this.#recorded.get(`${replay.window.id}/${partition}`);
        // Only what Kafka has is through: until then the metadata must go on saying that there is a replay.
        if (isFinal(known)) assignment.skipReplay(intake);
        else if (recorded !== undefined && recorded !== 'moved') continue;
        else if (replay.phase === 'over') this.over(intake);
        else if (command?.stop && replay.window.stop === null) stopping.push(partition);
        else if (command && known === undefined && recorded === undefined) this.#moved(command, intake, replay.window);
        continue;
      }
      const order = active?.command.replay?.partitions.find((one) => one.partition === partition);
      if (!active || !order) continue;
      const { id } = active.command;
      const state = this.#recorded.get(`${id}/${partition}`) ?? active.progress.get(partition)?.state;
      if (state !== undefined && state !== 'moved') continue;
      const { topic } = this.#partner.connector.source;
      if (active.command.replay?.topic !== topic)
        void this.#record(id, partition, 'unchanged', undefined, 0, `the partner reads ${topic}`);
      else if (state !== undefined)
        void this.#record(id, partition, 'completed', undefined, 0, 'moved by another tool');
      else if (refused !== undefined) void this.#record(id, partition, 'unchanged', undefined, 0, refused, true);
      else if (active.stop) void this.#record(id, partition, active.stop.kind === 'undo' ? 'undone' : 'cancelled');
      else moving.push(partition);
    }
    const redrive = control.active(this.#partner.name, 'redrive');
    for (const command of [active, redrive]) if (command) await this.#refuseAbsent(command);
    if (moving.length + stopping.length === 0) return;
    const waitMs = this.#backoff.leftMs(performance.now());
    if (waitMs > 0) this.#lookLater(waitMs);
    else await this.#move(assignment, moving, stopping);
  }

  /** Nothing is counted for an order that has nothing more to do here. */
  async #refusal(active: CommandState, { intakes }: MovableAssignment): Promise<string | undefined> {
    const { name, connector, gate, log } = this.#partner;
    const { id, replay } = active.command;
    const isDue = (partition: number) => intakes.has(partition) && !isFinal(active.progress.get(partition));
    if (active.stop || replay?.topic !== connector.source.topic || !partitionsOf(active.command).some(isDue))
      return undefined;
    const before = gate.refused(id);
    const why = await gate.refusal(active);
    if (why !== undefined && before === undefined) log.warn({ partner: name, replay: id, why }, 'replay.refused');
    return why;
  }

  /** Partitions that nobody can own: every owner of others says so, and the first one counts. */
  async #refuseAbsent({ command, progress }: CommandState): Promise<void> {
    const open = partitionsOf(command).filter(
      (partition) => !isFinal(progress.get(partition)) && !this.#recorded.has(`${command.id}/${partition}`),
    );
    if (open.every((partition) => partition < this.#group.partitionCount)) return;
    const count = await this.#group.countPartitions(); // some may have been added since the assignment
    for (const partition of open)
      if (partition >= count)
        void this.#record(command.id, partition, 'unchanged', undefined, 0, `the topic has ${count} partitions`);
  }

  #lookLater(waitMs: number): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.look(), waitMs);
    this.#later.unref();
  }

  async #move(assignment: MovableAssignment, moving: readonly number[], stopping: readonly number[]): Promise<void> {
    const { log, shared, name } = this.#partner;
    const active = shared.control.state.active(name, 'replay');
    if (!active) return;
    const { id } = active.command;
    log.info({ replay: id, moving, stopping }, 'replay.draining');
    // Until it is known to have worked: what fails in between is told by the group, which opens the partitions as they were.
    this.#lookLater(this.#backoff.failed(performance.now()));
    await this.#group.reopen(async () => {
      log.info({ replay: id, clean: assignment.endedClean }, 'replay.drained');
      const commits = [...moving, ...stopping].flatMap((partition) => {
        const intake = assignment.intakes.get(partition);
        const window = intake && windowOf(active, intake);
        if (intake && !intake.replay && !window) void this.#record(id, partition, 'unchanged');
        return window
          ? [intake.commitReplay(shared.workerId, assignment.startedAtMs, assignment.endedClean, window)]
          : [];
      });
      await this.#group.commit(commits);
      this.#backoff.worked();
      clearTimeout(this.#later);
      log.info(
        { replay: id, positions: commits.map(({ partition, offset }) => [partition, offset]) },
        'replay.committed',
      );
    });
  }

  #moved({ command, approval }: CommandState, { partition, watermark }: PartitionIntake, window: ReplayWindow): void {
    const { log } = this.#partner;
    log.info({ replay: command.id, partition, position: watermark.position }, 'replay.moved');
    const why = `replay ordered by ${orderedBy(command, approval)}${command.reason === null ? '' : ` (${command.reason})`}`;
    void this.#record(command.id, partition, 'moved', window, 0, null, false, why);
  }

  /**
   * Writes the audit row first: who finds the progress writes no row any more.
   * @returns whether Kafka has it; not only when this process ends first: then the next owner finds it in the metadata
   */
  async #record(
    id: string,
    partition: number,
    state: ProgressState,
    window?: ReplayWindow,
    records = 0,
    detail: string | null = null,
    refused = false,
    why = `replay ${refused ? 'refused' : state}, ${records} records`,
  ): Promise<boolean> {
    const { shared, name, ledger } = this.#partner;
    this.#recorded.set(`${id}/${partition}`, state);
    const before = window?.resume ?? null;
    const progress = { partition, state, before, target: window?.target ?? null, until: window?.until ?? null };
    const command = makeCommand({
      id,
      partner: name,
      kind: 'progress',
      by: shared.workerId,
      progress: { ...progress, records, failed: 0, passed: 0, detail, refused },
    });
    try {
      if (window) {
        const { resume, target, until } = window;
        const [from, to] = state === 'moved' ? [resume, target] : [until, resume];
        await ledger.moved(id, partition, from, to, why);
      }
      await shared.control.write([command]);
      return true;
    } catch {
      return false;
    }
  }
}

function windowOf({ command, stop }: CommandState, intake: PartitionIntake): ReplayWindow | undefined {
  const { position } = intake.watermark;
  if (intake.replay) {
    const kind = stop?.kind === 'undo' ? 'undo' : 'cancel';
    return stopWindow(intake.replay.snapshot, position, kind);
  }
  const order = moveOrderOf(command, intake.partition);
  return order && !stop ? openWindow(order, position, Date.now()) : undefined;
}
