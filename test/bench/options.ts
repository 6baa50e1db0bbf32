// The command line of the bench.
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Empty = all. */
  readonly scenarios: readonly string[];
  readonly runs: number;
  /** Only these of a scenario's sides; empty = all. */
  readonly sides: readonly string[];
  /** Small sizes: shows that everything works, measures nothing. */
  readonly quick: boolean;
  readonly plot: boolean;
  readonly prof: boolean;
  readonly save: boolean;
  readonly label: string;
  /** The commit to compare with; see paired.ts. */
  readonly before: string | undefined;
  /** Spans go to a collector, and this share of the records is sampled; undefined: neither. */
  readonly traced: number | undefined;
}

/** Several scenarios under one name. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  BRIDGE: ['F1', 'F2', 'F3', 'F4', 'F5'],
  // What is promised of times, which no test asserts: a test says what causes it.
  PROMISES: ['BUDGET', 'RATE', 'RESUME', 'REVOKE', 'REFUSAL', 'START', 'LEADER'],
};

export const USAGE = `npm run bench [scenario…] [-- options]
  scenarios       S1 … S11, inbound, replay, bridge (F1 … F5), promises (BUDGET, RATE, RESUME, REVOKE, REFUSAL, START; LEADER);
                  none = all of these but LEADER (brokers of its own), soak (16 minutes), view (2,000,000 cells),
                  fresh and console (2,000,000 cells), capacity, and connect (fetches Kafka Connect), which run only when named
  --runs N        runs of each side, alternating with its floor (5)
  --side NAME     only this side of each scenario, as the report names it; may be given again
  --quick         small sizes, one run: a smoke test, its figures mean nothing
  --prof          the worker writes CPU profiles to .ess/prof; the top self-time functions are printed
  --plot          draws test/bench/degrade.svg, a partner that degrades and recovers; without scenarios nothing else runs
  --before COMMIT  S1, S2, S3, S9 (a commit that has deliver.tls), REPLAY, F2 and F3 only: that commit's program and today's in turns, CPU per record or event compared round by round
  --traced SHARE  the worker exports spans, and this share of the records (0 to 1) is sampled; with --before today's program alone does
  --label TEXT    heads the section in RESULTS.md, e.g. "before"
  --no-save       leaves RESULTS.md as it is (always so with --quick and --prof)
`;

/** @returns undefined when the command line is wrong or asks for help */
export function parseOptions(args: readonly string[], known: readonly string[]): BenchOptions | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        runs: { type: 'string' },
        side: { type: 'string', multiple: true, default: [] },
        quick: { type: 'boolean', default: false },
        prof: { type: 'boolean', default: false },
        plot: { type: 'boolean', default: false },
        save: { type: 'boolean', default: true },
        label: { type: 'string', default: '' },
        before: { type: 'string' },
        traced: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { quick, prof, plot, label, before, side: sides } = values;
    const scenarios = positionals.map((name) => name.toUpperCase()).flatMap((name) => GROUPS[name] ?? [name]);
    const runs = Number(values.runs ?? (quick ? 1 : 5));
    const traced = values.traced === undefined ? undefined : Number(values.traced);
    if (traced !== undefined && !(traced >= 0 && traced <= 1)) return undefined;
    if (values.help || !Number.isInteger(runs) || runs < 1 || scenarios.some((name) => !known.includes(name)))
      return undefined;
    return { scenarios, runs, sides, quick, plot, prof, label, before, traced, save: values.save && !quick && !prof };
  } catch {
    return undefined;
  }
}
