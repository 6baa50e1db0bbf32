// `ess observer`: what every partner holds, as metrics, until it is told to stop.
import { OwnProcess } from '@ess/runtime/own-process.ts';
import type { Command } from 'commander';
import { portNumber } from '../../terminal/number-option.ts';
import { viewedConnectors } from '../../viewed-connectors.ts';

interface Options {
  readonly connectors?: string;
  readonly port?: number;
  readonly pretty?: boolean;
}

export function addObserverCommand(program: Command): void {
  program
    .command('observer')
    .description('drift and lag of every partner as metrics, also while none of its workers runs')
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'port of /metrics, /livez and /readyz; 0 = any free one', portNumber)
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .addHelpText(
      'after',
      `
Run one: it is the authority for alerts on drift. What it has not read for ten seconds it calls unknown, which counts as drift.

Examples:
  ess observer
  curl -s localhost:9467/metrics | grep ess_drift`,
    )
    .action(async (options: Options) => {
      const own = new OwnProcess('observer', options);
      const { settings } = own;
      const { file, indexBytes, token } = settings.view;
      const connectors = await viewedConnectors(own, options.connectors);
      const { startObserver } = await import('@ess/observer/observer.ts');
      const starting = startObserver({
        ...own.options,
        kafka: settings.kafka,
        registry: settings.registry,
        connectors: connectors.connectors,
        leftOut: () => connectors.leftOut,
        ...(token !== undefined && { viewToken: token }),
        ...(file !== undefined && { kept: { file, indexBytes } }),
        adminPort: options.port ?? settings.ports.observer,
      });
      await own.run(starting, connectors);
    });
}
