// One member of the model group (model-group.ts): what a worker process keeps of one partner over its assignments.
import { ModelEpoch } from './model-epoch.ts';
import type { ModelWorld } from './model-world.ts';

const FAILURES_TO_HOLD = 3;

export class ModelMember {
  readonly world: ModelWorld;
  held = false;
  failedInARow = 0;
  #epoch: ModelEpoch | undefined;

  constructor(world: ModelWorld) {
    this.world = world;
  }

  /** Nothing of the last assignment is left to happen. */
  get idle(): boolean {
    return this.#epoch?.isOver ?? true;
  }

  assign(partitions: readonly number[]): void {
    this.#epoch = new ModelEpoch(this, partitions);
    if (this.held) this.#probeLater();
  }

  revoke(): void {
    this.#epoch?.revoke();
  }

  crash(): void {
    this.#epoch?.crash();
    this.#epoch = undefined;
  }

  /** @returns whether this opened the breaker */
  failed(): boolean {
    this.failedInARow += 1;
    if (this.held || this.failedInARow < FAILURES_TO_HOLD) return false;
    this.held = true;
    this.world.stats.holds += 1;
    this.#epoch?.lanes.hold();
    this.#probeLater();
    return true;
  }

  succeeded(): void {
    this.failedInARow = 0;
    if (!this.held) return;
    this.held = false;
    this.#epoch?.resume();
  }

  #probeLater(): void {
    this.world.time.after(this.world.chance.between(20, 120), () => {
      if (!this.held || !this.#epoch || this.#epoch.isOver) return;
      this.#epoch.probe();
      this.#probeLater();
    });
  }
}
