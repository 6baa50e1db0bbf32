// Dead letters sent once more, or dropped. A redrive is a command in ess.control that names letters. The owner of each source partition
// takes its own through the lanes of their keys. So they keep their order with live traffic, and only the owner sends.
// A letter is done when its audit row and its row in ess.dead-letter-state are acknowledged. After a crash the next owner
// reads that topic and goes on with the rest.
//
//   command -> redrive-tally.ts: what is due here -> may it run? -> redrive-run.ts: a source of items -> pull.ts -> progress
//                                                                -> drop-run.ts: marks them                 -> progress
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command, RedriveOrder } from '@ess/schemas/generated/types.ts';
import type { PullInto } from '../intake/pull.ts';
import { Pull } from '../intake/pull.ts';
import { Backoff } from '../item/backoff.ts';
import type { Item } from '../item/item.ts';
import type { PartnerContext } from '../partner-context.ts';
import { carryOutDrop } from './drop-run.ts';
import type { RedriveScope } from './redrive-run.ts';
import { RedriveRun } from './redrive-run.ts';
import { partitionsDue, RedriveTally } from './redrive-tally.ts';

const LIMITS = { items: 256, bytes: 16 * 1024 * 1024 };
const PROGRESS_EVERY_MS = 500;

/** What an assignment offers to a redrive. */
export interface RedriveInto extends PullInto, RedriveScope {}

export class Redrive {
  readonly #partner: PartnerContext;
  readonly #into: RedriveInto;
  readonly #ended = new AbortController();
  readonly #backoff = new Backoff();
  #working: Promise<void> | undefined;
  #again = false;
  #run: RedriveRun | undefined;
  /** Partitions whose last word is written, by command; the follower may not have read it yet. */
  readonly #through = new Set<string>();
  #nudge: () => void = () => undefined;

  constructor(partner: PartnerContext, into: RedriveInto) {
    this.#partner = partner;
    this.#into = into;
  }

  /** There may be something to do: a command was given, or the assignment has begun. */
  wake(): void {
    this.#again = true;
    this.#nudge();
    if (this.#ended.signal.aborted) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#again) this.wake(); // between its last check and here: commands come in batches
    });
  }

  /** The assignment is over; what its lanes hold goes with it. */
  end(): void {
    this.#ended.abort();
    this.#nudge();
  }

  /** The partner has acknowledged a version, whichever way it was sent. */
  acked(item: Item): void {
    this.#run?.acked(item);
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#ended.signal.aborted) {
      this.#again = false;
      try {
        const active = this.#partner.shared.control.state.active(this.#partner.name, 'redrive');
        const due = active ? partitionsDue(active, this.#into.partitions()) : [];
        const open = due.filter((partition) => !this.#through.has(`${active?.command.id}/${partition}`));
        if (!active || open.length === 0) continue;
        await this.#carryOut(active, open);
        for (const partition of open) this.#through.add(`${active.command.id}/${partition}`);
        this.#backoff.worked();
        this.#again = true;
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        this.#partner.log.warn({ error: String(error) }, 'redrive.waits');
        // A cancel may come meanwhile, or the end of the assignment.
        const waited = delay(this.#backoff.failed(performance.now()), undefined, { ref: false });
        await Promise.race([waited, new Promise<void>((resolve) => (this.#nudge = resolve))]);
        this.#again = true;
      }
    }
  }

  /** @throws what cannot be read, when what was sent is settled; or when the assignment ends */
  async #carryOut(order: CommandState, partitions: readonly number[]): Promise<void> {
    const { command } = order;
    const why = await this.#partner.gate.refusal(order);
    if (why !== undefined) await this.#refuse(order, partitions, why);
    else if (command.kind === 'drop') await carryOutDrop(this.#partner, order, partitions, this.#ended.signal);
    else await this.#redrive(command, command.redrive as RedriveOrder, partitions);
  }

  /** A second person would have had to approve it. */
  async #refuse(
    { command, progress: before }: CommandState,
    partitions: readonly number[],
    why: string,
  ): Promise<void> {
    const { shared, name, log } = this.#partner;
    const { id, redrive } = command;
    log.warn({ redrive: id, why }, 'redrive.refused');
    const topic = redrive?.topic ?? '';
    const rows = new RedriveTally(name, topic, topic, partitions).progress('unchanged');
    await shared.control.write(
      rows.map((row) => {
        // Settings may have changed while it ran: what was sent by then stays on record.
        const { records, failed, passed } = before.get(row.partition) ?? row;
        const progress = { ...row, records, failed, passed, detail: why, refused: true };
        return makeCommand({ id, partner: name, kind: 'progress', by: shared.workerId, progress });
      }),
    );
  }

  async #redrive(command: Command, order: RedriveOrder, partitions: readonly number[]): Promise<void> {
    const { log } = this.#partner;
    const { signal } = this.#ended;
    const { id } = command;
    const run = new RedriveRun(this.#partner, command, order, partitions, this.#into, signal);
    this.#run = run;
    log.info({ redrive: id, partitions }, 'redrive.started');
    const telling = setInterval(() => void run.tell('running').catch(() => undefined), PROGRESS_EVERY_MS);
    try {
      await new Pull(run, this.#into, LIMITS, signal).run();
    } finally {
      clearInterval(telling);
      this.#run = undefined;
    }
    await run.tell(run.isCancelled ? 'cancelled' : 'completed');
    log.info({ redrive: id, ...run.tally.total, stopped: run.tally.stopped }, 'redrive.ended');
  }
}
