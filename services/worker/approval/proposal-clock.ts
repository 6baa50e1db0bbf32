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
    if (over.length > 0) void this.#control.write(over.map((one) => this.#expired(one, nowMs))).catch(() => undefined);
    const next = Math.min(...waiting.map((one) => this.#dueAt(one)).filter((dueAt) => dueAt > nowMs));
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.look(), Math.min(next - nowMs, WAIT_MAX_MS));
    this.#timer.unref();
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
