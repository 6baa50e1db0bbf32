// What `ess start` and `ess demo` show while they work: one line per step, with a tick and the time it took.
import { tell, tellPainted } from './print.ts';

export class Ticks {
  failures = 0;

  title(text: string): void {
    tell('');
    tellPainted([text, '1']);
  }

  done(text: string, sinceMs?: number): void {
    const took = sinceMs === undefined ? '' : `  ${seconds(performance.now() - sinceMs)}`;
    tellPainted(['  '], ['✓', '32'], [` ${text}`], [took, '2']);
  }

  /** A tick when `held`, a cross and a count otherwise. */
  check(held: boolean, text: string, otherwise = ''): void {
    if (held) return this.done(text);
    this.failures += 1;
    tellPainted(['  '], ['✗', '31'], [` ${text}${otherwise === '' ? '' : `: ${otherwise}`}`]);
  }

  note(text: string): void {
    tellPainted(['    '], [text, '2']);
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
