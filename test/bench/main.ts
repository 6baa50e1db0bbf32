// `npm run bench`: the scenarios of scenarios/, each next to its floor, against a real Kafka of its own.
//   options.ts -> stack.ts -> lab.ts -> scenarios -> measured.ts -> table.ts, results-file.ts
import { createProgress } from '@ess/infra/local/machine/progress.ts';
import { plotDegradation } from './figures/degradation.ts';
import type { Measured, Scenario } from './figures/measured.ts';
import { pairRuns } from './figures/paired.ts';
import { machineFacts, saveResults } from './figures/results-file.ts';
import { onScreen } from './figures/table.ts';
import { Lab } from './lab.ts';
import { parseOptions, USAGE } from './options.ts';
import { forgetProfiles, hottest } from './profile.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { startBenchStack } from './stack.ts';
import { warmBroker } from './warm.ts';

const HOT = 25;
const BAR = 24;
const WARM_MS = 20_000;

const known = SCENARIOS.map(({ id }) => id);
const options = parseOptions(process.argv.slice(2), known);
if (!options) {
  process.stderr.write(`${USAGE}  known: ${known.join(', ')}\n`);
  process.exit(2);
}
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => (stopping.signal.aborted ? process.exit(130) : stopping.abort(new Error('stopped'))));

const isWanted = ({ id, alone }: Scenario): boolean =>
  options.scenarios.length > 0 ? options.scenarios.includes(id) : !options.plot && !alone;

const progress = createProgress();
let doing = '';
const bar = (done: number, of: number, what: string) => {
  const filled = Math.min(BAR, Math.round((done / Math.max(1, of)) * BAR));
  const drawn = process.stderr.isTTY ? ` ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}` : '';
  progress.show(`${doing}${drawn} ${done}/${of} ${what}`);
};

try {
  if (options.prof) forgetProfiles();
  await using stack = await startBenchStack(progress.show, stopping.signal);
  process.stdout.write(`${machineFacts()}\n`);
  const measured: Measured[] = [];
  if (!options.quick) {
    doing = 'warming the broker';
    progress.show(doing);
    await warmBroker(stack.kafka, WARM_MS);
  }
  const begin = (what: string) => {
    doing = what;
  };
  if (options.plot) {
    doing = 'plot';
    await using lab = await Lab.open(stack, options, stopping.signal, { progress: bar, begin });
    const file = await plotDegradation(lab);
    progress.end();
    process.stdout.write(`drawn to ${file}\n`);
  }
  for (const scenario of SCENARIOS.filter(isWanted)) {
    doing = scenario.id;
    await using lab = await Lab.open(stack, options, stopping.signal, { progress: bar, begin });
    const one =
      options.before === undefined
        ? { id: scenario.id, title: scenario.title, ...(await scenario.run(lab)) }
        : await pairRuns(lab, scenario, options.before);
    measured.push(one);
    progress.end();
    process.stdout.write(`${onScreen(one)}\n`);
    if (options.prof)
      for (const { name, selfMs, share } of hottest(HOT))
        process.stdout.write(
          `    ${(share * 100).toFixed(1).padStart(5)} %  ${selfMs.toFixed(0).padStart(6)} ms  ${name}\n`,
        );
  }
  if (options.save && measured.length > 0)
    process.stdout.write(`\nwritten to ${saveResults(measured, options.label)}\n`);
  const faulty = measured.flatMap(({ runs }) => runs).filter(({ lost, outOfOrder }) => lost !== 0 || outOfOrder > 0);
  if (faulty.length > 0) process.exitCode = 1;
} catch (error) {
  progress.end();
  process.stderr.write(`${stopping.signal.aborted ? 'stopped' : (error as Error).stack}\n`);
  process.exitCode = stopping.signal.aborted ? 130 : 1;
}
