// Puts on record that a proposal has expired. The partner's workers watch the time, and others for a partner that has none. Each of
// them may say it, under a key of its own: compaction must not take the first word away, which stands before a late approval.

import { randomBytes } from 'node:crypto';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import type { Control } from '../item/control.ts';

/** A timer holds no more than 24 days. */
const WAIT_MAX_MS = 24 * 3_600_000;
/** For the partner's own workers to say it. */
const OTHERS_AFTER_MS = 60_000;

export class ProposalClock {
  readonly #control: Control;
  readonly #by: string;
  readonly #isOurs: (partner: string) => boolean;
  /** Proposals whose expiry was written here and has not come back: each applied command asks again. */
  readonly #written = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param by who says it: the worker's id */
  constructor(control: Control, by: string, isOurs: (partner: string) => boolean) {
    this.#control = control;
    this.#by = by;
    this.#isOurs = isOurs;
  }

  /** A command was given. */
  look(nowMs = Date.now()): void {
    clearTimeout(this.#timer);
    const waiting = this.#control.state.waiting();
    const over = waiting.filter((one) => this.#dueAt(one) <= nowMs);
    this.#write(over, nowMs);
    const next = Math.min(...waiting.map((one) => this.#dueAt(one)).filter((dueAt) => dueAt > nowMs));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.look(), Math.min(next - nowMs, WAIT_MAX_MS));
    this.#timer.unref();
  }

  #write(over: readonly CommandState[], nowMs: number): void {
    const ids = new Set(over.map(({ command }) => command.id));
    for (const id of this.#written) if (!ids.has(id)) this.#written.delete(id); // it waits no longer
    const unsaid = over.filter(({ command }) => !this.#written.has(command.id));
    if (unsaid.length === 0) return;
    for (const { command } of unsaid) this.#written.add(command.id);
    this.#control.write(unsaid.map((one) => this.#expired(one, nowMs))).catch(() => {
      for (const { command } of unsaid) this.#written.delete(command.id);
    });
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #expired({ command: { id, partner } }: CommandState, nowMs: number) {
    const own = `expiry-${randomBytes(5).toString('hex')}`;
    return makeCommand({ id: own, partner, kind: 'expired', by: this.#by, of: id }, nowMs);
  }

  #dueAt({ command: { partner, proposal } }: CommandState): number {
    const expiresAt = proposal?.expiresAt ?? Number.POSITIVE_INFINITY;
    return this.#isOurs(partner) ? expiresAt : expiresAt + OTHERS_AFTER_MS;
  }
}
