// What drifts while the exercise runs, told over time: by the lock-step view, which `ess lockstep` and `ess observer` show too.
import { setTimeout as delay } from 'node:timers/promises';
import type { PartnerTotals } from '@ess/view/answer.ts';
import type { View } from '@ess/view/view.ts';
import { duration } from '../../terminal/table.ts';
import type { Ticks } from '../../terminal/ticks.ts';
import type { LocalRun } from './local-run.ts';

const LOOK_EVERY_MS = 250;
/** What has not changed is said again after a while: the drift grows old. */
const TELL_AGAIN_MS = 5_000;

export class DriftWatch implements AsyncDisposable {
  readonly #view: View;
  readonly #ticks: Pick<Ticks, 'note'>;
  #told = { counts: '', atMs: 0 };
  /** The most rules that drifted at once. */
  peak = 0;

  private constructor(view: View, ticks: Pick<Ticks, 'note'>) {
    this.#view = view;
    this.#ticks = ticks;
  }

  static async open({ kafka, stack, connectors }: LocalRun, ticks: Pick<Ticks, 'note'>): Promise<DriftWatch> {
    const { View } = await import('@ess/view/view.ts');
    return new DriftWatch(await View.open({ kafka, registry: stack.registry, connectors }), ticks);
  }

  /** Tells what drifts for so long, and until something does. @returns whether something did within `mostMs` */
  async during(leastMs: number, mostMs: number): Promise<boolean> {
    const sinceMs = performance.now();
    const passedMs = () => performance.now() - sinceMs;
    while (passedMs() < leastMs || (this.peak === 0 && passedMs() < mostMs)) await this.#look();
    return this.peak > 0;
  }

  /** Tells what drifts until every partner has everything. @returns whether that was so within `mostMs` */
  async untilInStep(mostMs: number): Promise<boolean> {
    const untilMs = performance.now() + mostMs;
    for (;;) {
      const partners = await this.#look();
      if (partners.every(({ drifting, byState }) => drifting + byState.inFlight === 0)) return true;
      if (performance.now() > untilMs) return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#view[Symbol.asyncDispose]();
  }

  async #look(): Promise<readonly PartnerTotals[]> {
    await delay(LOOK_EVERY_MS);
    const { partners } = this.#view.judge.totals();
    const adrift = partners.filter(({ drifting }) => drifting > 0);
    this.peak = Math.max(this.peak, ...adrift.map(({ drifting }) => drifting));
    this.#tell(adrift);
    return partners;
  }

  #tell(adrift: readonly PartnerTotals[]): void {
    const counts = adrift.map(({ partner, drifting }) => `${partner} ${drifting}`).join(', ');
    const nowMs = performance.now();
    if (counts === this.#told.counts && (counts === '' || nowMs - this.#told.atMs < TELL_AGAIN_MS)) return;
    this.#told = { counts, atMs: nowMs };
    const oldest = Math.max(...adrift.map(({ oldestDriftSeconds }) => oldestDriftSeconds ?? 0));
    this.#ticks.note(
      counts === '' ? 'drift: none' : `drift: ${counts} rules, the oldest for ${duration(oldest * 1000)}`,
    );
  }
}
