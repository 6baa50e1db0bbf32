// Steps of one name, one after another in the order in which they were asked for, whatever became of the one before.

export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take(name: string, step: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).catch(() => undefined).then(step);
    this.#last.set(name, turn);
    return turn;
  }
}
