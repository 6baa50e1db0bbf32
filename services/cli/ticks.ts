// What `ess start` and `ess demo` show while they work: one line per step, with a tick and the time it took.
import { tell } from './print.ts';

export class Ticks {
  readonly #colour = process.stderr.isTTY === true;
  failures = 0;

  title(text: string): void {
    tell(`\n${this.#paint('1', text)}`);
  }

  done(text: string, sinceMs?: number): void {
    const took = sinceMs === undefined ? '' : this.#paint('2', `  ${seconds(performance.now() - sinceMs)}`);
    tell(`  ${this.#paint('32', '✓')} ${text}${took}`);
  }

  /** A tick when `held`, a cross and a count otherwise. */
  check(held: boolean, text: string, otherwise = ''): void {
    if (held) return this.done(text);
    this.failures += 1;
    tell(`  ${this.#paint('31', '✗')} ${text}${otherwise === '' ? '' : `: ${otherwise}`}`);
  }

  note(text: string): void {
    tell(`    ${this.#paint('2', text)}`);
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
