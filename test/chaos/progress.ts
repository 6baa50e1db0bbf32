// One line per event; on a terminal a bar below them.
const BAR_CHARS = 40;
const REFRESH_MS = 500;

export class ChaosProgress implements Disposable {
  readonly #startedAt = performance.now();
  readonly #lengthMs: number;
  readonly #state: () => string;
  readonly #out: NodeJS.WriteStream;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param state what is counted, for the end of the bar */
  constructor(lengthMs: number, state: () => string, out: NodeJS.WriteStream = process.stderr) {
    this.#lengthMs = lengthMs;
    this.#state = state;
    this.#out = out;
    if (out.isTTY) this.#timer = setInterval(() => this.#draw(), REFRESH_MS);
  }

  readonly tell = (line: string): void => {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(6);
    this.#out.write(`${this.#out.isTTY ? '\r\x1b[K' : ''}${seconds} s  ${line}\n`);
    if (this.#out.isTTY) this.#draw();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#out.isTTY) this.#out.write('\r\x1b[K');
  }

  #draw(): void {
    const share = Math.min(1, (performance.now() - this.#startedAt) / this.#lengthMs);
    const full = Math.round(share * BAR_CHARS);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARS - full);
    this.#out.write(`\r\x1b[K${bar} ${Math.round(share * 100)} %  ${this.#state()}`);
  }
}
