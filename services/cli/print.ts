// Data goes to stdout, one line at a time; everything else to stderr.
import { once } from 'node:events';

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** For many lines: resolves when whoever reads them has kept up. */
export async function printAll(lines: readonly string[]): Promise<void> {
  if (lines.length > 0 && !process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
}

export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
