// `ess demo` (npm run demo): the exercise of the founding story from start to end, on a stack of its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import type { Command } from 'commander';
import { tell, tellLines } from '../../terminal/print.ts';
import { Ticks } from '../../terminal/ticks.ts';
import { Exercise } from './exercise.ts';
import { startLocalRun } from './local-run.ts';

/** It must not meet another run of this machine. */
export const ANY_PORTS = {
  ESS_WORKER_PORT: '0',
  ESS_INBOUND_HOST: '127.0.0.1',
  ESS_INBOUND_PORT: '0',
  ESS_INBOUND_ADMIN_PORT: '0',
  ESS_BRIDGE_HOST: '127.0.0.1',
  ESS_BRIDGE_PORT: '0',
  ESS_BRIDGE_ADMIN_PORT: '0',
  ESS_OBSERVER_PORT: '0',
  ESS_CONSOLE_PORT: '0',
  ESS_CONSOLE_ADMIN_PORT: '0',
};

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('the outage exercise: two partners go away, publish on, bring them back, check that nothing was lost')
    .option('--outage <duration>', 'how long they are away', '5s')
    .option('--secure', 'on a Kafka with TLS, a user for each program, and rights')
    .addHelpText('after', '\nExamples:\n  npm run demo\n  npm run demo -- --outage 60s\n  npm run demo -- --secure')
    .action(async (options: { outage: string; secure?: boolean }) => {
      const outageMs = parseDuration(options.outage);
      const ticks = new Ticks();
      const stop = untilStopped();
      mkdirSync('.ess', { recursive: true });
      const dataDir = mkdtempSync(join('.ess', 'demo-'));
      try {
        loadSettings(); // what is wrong with them is told before Kafka is started
        ticks.title('A stack of its own');
        await using run = await startLocalRun({
          ticks,
          dataDir,
          kafkaPort: 0,
          registryPort: 0,
          ...(options.secure && { secured: true }),
          settings: ANY_PORTS,
          partnerPorts: [0, 0, 0, 0, 0, 0],
          signal: stop.signal,
          print: tell,
          onCrash: (message) => tellLines(message),
        });
        const exercise = new Exercise(run, ticks);
        await Promise.race([
          exercise.run(outageMs),
          stop.stopped.then(() => Promise.reject(new EssError('ESS_STACK', 'stopped'))),
        ]);
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
      ticks.title(ticks.failures === 0 ? 'Everything held.' : `${ticks.failures} checks did not hold.`);
      if (ticks.failures > 0) process.exitCode = 1;
    });
}

function parseDuration(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (!parts) throw new EssError('ESS_USAGE', `--outage "${text}" is no duration; write it like 5s, 60s or 2m`);
  return Number(parts[1]) * ({ ms: 1, s: 1_000, m: 60_000 }[parts[2] as 'ms' | 's' | 'm'] ?? 1);
}
