// Prints progress for people: on a terminal one live line per step, elsewhere a line every few seconds.
import { printable } from '@ess/domain/text/printable.ts';

const QUIET_MS = 3_000;

/** Messages that differ only in numbers are one step. Call the result with each message, and `end()` before other output. */
export function createProgress(out: NodeJS.WriteStream = process.stderr): {
  show: (message: string) => void;
  end: () => void;
} {
  let step = '';
  let shownAt = 0;
  const show = (given: string) => {
    const message = printable(given);
    const nextStep = message.replaceAll(/[\d.]+/g, '#');
    const isNew = nextStep !== step;
    step = nextStep;
    if (out.isTTY) out.write(`${isNew && shownAt > 0 ? '\n' : ''}\r\x1b[K${message}`);
    else if (isNew || performance.now() - shownAt >= QUIET_MS) out.write(`${message}\n`);
    else return;
    shownAt = performance.now();
  };
  const end = () => {
    if (out.isTTY && shownAt > 0) out.write('\n');
    step = '';
    shownAt = 0;
  };
  return { show, end };
}
