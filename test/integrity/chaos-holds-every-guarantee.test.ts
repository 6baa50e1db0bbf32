// All guarantees at once, with everything harmed that can be: see test/chaos. One run of half a minute of harm, healing and
// judgement; in full, eight seeds of two and a half minutes of harm each. `npm run chaos -- --seed N --minutes M` is the same by hand.
import { rmSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { printLedger } from '../chaos/check/ledger.ts';
import { runChaos } from '../chaos/run.ts';
import { FULL, report } from '../harness/results.ts';

const SEEDS = FULL ? [1, 2, 3, 4, 5, 6, 7, 8] : [2026];
const MINUTES = FULL ? 2.5 : 0.5;
const PER_SECOND = FULL ? 80 : 25;

test.each(SEEDS)(
  'nothing lost, order kept, duplicates bounded, every attempt on record and no flood of dead letters under chaos (seed %d)',
  async (seed) => {
    const { ledgers, violations, history, events, settledAfterMs, samples, folder } = await runChaos({
      seed,
      minutes: MINUTES,
      perSecond: PER_SECOND,
    });
    process.stderr.write(`${printLedger(ledgers)}\n`);
    const sum = (of: (ledger: (typeof ledgers)[number]) => number) =>
      ledgers.reduce((total, one) => total + of(one), 0);
    report('chaos', `seed ${seed}, ${MINUTES} min, ${events} events`, {
      published: ledgers[0]?.published ?? 0,
      'in scope': sum(({ inScope }) => inScope),
      delivered: sum(({ delivered }) => delivered),
      superseded: sum(({ superseded }) => superseded),
      'dead-lettered': sum(({ deadLettered }) => Object.values(deadLettered).reduce((all, count) => all + count, 0)),
      held: sum(({ held }) => held),
      'excused duplicates': sum(({ duplicates }) => Object.values(duplicates).reduce((all, count) => all + count, 0)),
      'settled after ms': settledAfterMs,
      'answers of the view': samples,
      violations: violations.length,
    });
    expect(samples).toBeGreaterThan(10);
    expect({ violations: violations.length, history }).toEqual({ violations: 0, history: '' });
    rmSync(folder, { recursive: true, force: true });
  },
  1_500_000,
);
