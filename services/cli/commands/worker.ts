// `ess worker PARTNER…|--all`: delivers rules to partners until it is told to stop.
import { EssError } from '@ess/domain/text/error.ts';
import { ConnectorSet } from '@ess/runtime/connectors/connector-set.ts';
import { OwnProcess } from '@ess/runtime/own-process.ts';
import type { Command } from 'commander';
import { learnedSchemas } from '../source-schemas.ts';
import { portNumber, threadNumber } from '../terminal/number-option.ts';

interface Options {
  readonly all?: boolean;
  readonly connectors?: string;
  readonly port?: number;
  readonly pretty?: boolean;
  readonly threads?: number;
}

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('delivers published rules to partners; start it several times to share the partitions')
    .argument('[partners...]', 'folders under connectors/')
    .option('--all', 'every connector that delivers, and those that come while it runs')
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'admin listener for /metrics, /livez and /readyz; 0 = any free port', portNumber)
    .option(
      '--threads <n>',
      'threads that send, beside the one that decides (default: ESS_WORKER_THREADS, 0)',
      threadNumber,
    )
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .addHelpText(
      'after',
      '\nExamples:\n  ess worker hospital\n  ess worker hospital county-ems --port 0\n  ess worker --all --pretty\n  ess worker hospital --threads 2     # on a machine with cores to spare',
    )
    .action(async (names: string[], options: Options) => {
      if (names.length === 0 && !options.all) throw new EssError('ESS_USAGE', 'name the partners, or give --all');
      const own = new OwnProcess('worker', options);
      const { settings } = own;
      const { registry } = settings;
      const root = options.connectors ?? settings.connectors;
      const connectors = await ConnectorSet.open({
        root,
        names: options.all ? undefined : [...new Set(names)],
        concerns: ({ deliver }) => deliver !== undefined,
        ...learnedSchemas(root, registry, own.log, true),
        redactor: own.redactor,
        log: own.log,
      });
      // Kept away from the command line's start-up: the worker brings the HTTP client and its own tree of modules.
      const { startWorker } = await import('@ess/worker/worker.ts');
      const starting = startWorker({
        ...own.options,
        kafka: settings.kafka,
        registry,
        connectors: connectors.connectors,
        onNewSchema: () => connectors.lookForSchemas(),
        approvalRecords: settings.approvalRecords,
        threads: options.threads ?? settings.senderThreads,
        adminPort: options.port ?? settings.ports.worker,
        ...(settings.cursorKeys[0] === undefined ? {} : { cursorSecret: settings.cursorKeys[0] }),
      });
      await own.run(starting, connectors);
    });
}
