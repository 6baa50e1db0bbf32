// `ess worker PARTNER…|--all`: delivers rules to partners until it is told to stop.
import { EssError } from '@ess/domain/error.ts';
import { formatProblem } from '@ess/domain/problem.ts';
import { listConnectors, loadConnector } from '@ess/runtime/connector-folder.ts';
import { watchConnector } from '@ess/runtime/connector-watch.ts';
import { catchLate } from '@ess/runtime/last-net.ts';
import { createLog, Redactor } from '@ess/runtime/log.ts';
import { loadSettings } from '@ess/runtime/settings.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import { logUnsafe } from '@ess/runtime/unsafe-environment.ts';
import type { Command } from 'commander';
import { goodConnectors } from '../good-connectors.ts';
import { kafkaSettings } from '../open-kafka.ts';
import { sourceSchemas } from '../source-schemas.ts';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('delivers published rules to partners; start it several times to share the partitions')
    .argument('[partners...]', 'folders under connectors/')
    .option('--all', 'every connector that delivers')
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'admin listener for /metrics, /livez and /readyz; 0 = any free port', Number)
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .addHelpText(
      'after',
      '\nExamples:\n  ess worker hospital\n  ess worker hospital county-ems --port 0\n  ess worker --all --pretty',
    )
    .action(
      async (names: string[], options: { all?: boolean; connectors?: string; port?: number; pretty?: boolean }) => {
        const settings = loadSettings();
        const root = options.connectors ?? settings.connectors;
        if (names.length === 0 && !options.all) throw new EssError('ESS_USAGE', 'name the partners, or give --all');
        const partners = options.all ? listConnectors(root) : names;
        const { away, topics, sourceSchema } = await sourceSchemas(root, partners, settings.registry);
        // With the registry away another agency's topic is not called unknown: the worker waits for its schema.
        const known = away ? { sourceSchema } : { sourceSchema, topics };
        const load = (name: string) => loadConnector(root, name, known);
        const redactor = new Redactor();
        redactor.add(settings.secrets);
        const log = createLog('worker', {
          level: settings.logLevel,
          redactor,
          ...(options.pretty ? { pretty: true } : {}),
        });
        logUnsafe(log, settings);
        catchLate(log);
        const connectors = options.all
          ? goodConnectors(partners, load, log).connectors.filter(({ deliver }) => deliver)
          : partners.map(load);
        for (const { secrets } of connectors) redactor.add(secrets);
        const stop = untilStopped();
        // Kept away from the command line's start-up: the worker brings the HTTP client and its own tree of modules.
        const { startWorker } = await import('@ess/worker/worker.ts');
        const worker = await startWorker({
          kafka: kafkaSettings(settings),
          registry: settings.registry,
          connectors,
          log,
          adminHost: settings.adminHost,
          adminHosts: settings.adminHosts,
          adminPort: options.port ?? settings.ports.worker,
          signal: stop.signal,
          ...(settings.cursorKeys[0] === undefined ? {} : { cursorSecret: settings.cursorKeys[0] }),
          onFatal: () => {
            process.exitCode = 1;
            stop.now();
          },
        }).catch((error) => {
          if (!stop.signal.aborted) throw error;
          log.info({}, 'worker.stopped');
          process.exit(); // what was being waited for would keep the process
        });
        const watches = connectors.map(({ partner, digest }) =>
          watchConnector(
            root,
            partner,
            (changed) => {
              redactor.add(changed.secrets);
              worker
                .reload(changed)
                .catch((error: unknown) => log.error({ partner, error: String(error) }, 'connector.refused'));
            },
            (problems) => log.error({ partner, problems: problems.map(formatProblem) }, 'connector.refused'),
            known.sourceSchema ? { sourceSchema: known.sourceSchema } : {},
            digest,
          ),
        );
        await stop.stopped;
        log.info({}, 'worker.stopping');
        for (const unwatch of watches) unwatch();
        await worker.stop();
        log.info({}, 'worker.stopped');
        process.exit(); // kafkajs restarts a consumer that was stopped in the middle of a join
      },
    );
}
