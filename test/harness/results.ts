// Sizes and figures of the integrity tests: reduced by default, in full with ESS_FULL=1.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './repository.ts';

export const FULL = process.env['ESS_FULL'] === '1';
const RESULTS = join(REPOSITORY, 'test/integrity/RESULTS.md');

export const sized = (reduced: number, full: number): number => (FULL ? full : reduced);

/** Prints the figures of a test; a full run keeps them in RESULTS.md. */
export function report(test: string, size: string, figures: Readonly<Record<string, string | number>>): void {
  const text = Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  process.stderr.write(`${test} [${FULL ? 'full' : 'reduced'}: ${size}]: ${text}\n`);
  if (!FULL) return;
  if (!existsSync(RESULTS))
    writeFileSync(
      RESULTS,
      '# Figures of full runs\n\n| date | commit | test | size | figures |\n|---|---|---|---|---|\n',
    );
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: REPOSITORY, encoding: 'utf8' }).trim();
  appendFileSync(RESULTS, `| ${new Date().toISOString().slice(0, 16)} | ${commit} | ${test} | ${size} | ${text} |\n`);
}
