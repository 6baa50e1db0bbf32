// `npm run chaos -- --seed N --minutes M`: harms everything there is, heals it, and lets the checker judge.
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printLedger } from './check/ledger.ts';
import type { ProfileName } from './partners.ts';
import { PROFILES } from './partners.ts';
import { describeHarm, drawPlan } from './plan.ts';
import { runChaos } from './run.ts';

const USAGE = `npm run chaos -- [options]
  --seed N        the plan of events is drawn from it (a random one, printed)
  --minutes M     how long everything is harmed; healing and judging come after (2)
  --profile NAME  the partners: usual, or slow: requests of 15 s and more in flight (usual)
  --per-second R  rules published (80)
  --plan          prints the plan and ends
  --keep          keeps logs and evidence also when nothing was violated
`;

const positive = (text: string | undefined, fallback: number): number => {
  const number = Number(text ?? fallback);
  return Number.isFinite(number) && number > 0 ? number : Number.NaN;
};

const isProfile = (name: string): name is ProfileName => Object.hasOwn(PROFILES, name);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string' },
        'per-second': { type: 'string' },
        profile: { type: 'string', default: 'usual' },
        plan: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
    const minutes = positive(values.minutes, 2);
    const perSecond = positive(values['per-second'], 80);
    const { profile } = values;
    if (values.help || !Number.isInteger(seed) || Number.isNaN(minutes + perSecond) || !isProfile(profile))
      return undefined;
    return { seed, minutes, perSecond, profile, planOnly: values.plan, keep: values.keep };
  } catch {
    return undefined;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) {
    console.error(USAGE);
    return 2;
  }
  const { seed, minutes, profile } = options;
  console.error(
    `seed ${seed}, ${minutes} minutes; the same plan again: npm run chaos -- --seed ${seed} --minutes ${minutes} --profile ${profile}`,
  );
  const plan = drawPlan(seed, minutes * 60_000, PROFILES[profile]);
  const events = plan.tracks.flat().toSorted((a, b) => a.atMs - b.atMs);
  for (const event of events)
    console.error(`  ${(event.atMs / 1000).toFixed(1).padStart(6)} s  ${describeHarm(event)}`);
  if (options.planOnly) return 0;
  const { ledgers, violations, history, folder, settledAfterMs, samples } = await runChaos(options);
  console.log(printLedger(ledgers));
  console.log(
    `seed ${seed}: ${events.length} events, settled ${(settledAfterMs / 1000).toFixed(1)} s after the last, ${samples} answers of the view, ${violations.length} violations`,
  );
  if (violations.length === 0) {
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
    return 0;
  }
  console.log(`\nThe shortest offending history:\n${history}\n\nAll of it: ${folder}`);
  return 1;
}

// kafkajs leaves promises that nobody waits for when a broker dies under it; programs of ESS tell of them and go on (last-net.ts).
process.on('unhandledRejection', (reason) => console.error(`a promise was left: ${String(reason)}`));
// kafkajs goes on looking for brokers that have died.
process.exit(await main());
