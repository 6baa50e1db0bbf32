// `ess inbound [PARTNER…]`: the doors that partners ring, until it is told to stop.
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
import { started } from '../started.ts';

interface Options {
  readonly connectors?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly host?: string;
  readonly pretty?: boolean;
}

export function addInboundCommand(program: Command): void {
  program
    .command('inbound')
    .description('opens the doors that partners ring (webhooks); start it several times behind a load balancer')
    .argument('[partners...]', 'folders under connectors/; default: every connector with a door')
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'port of the doors; 0 = any free one', Number)
    .option('--host <address>', 'address of the doors')
    .option('--admin-port <n>', 'port of /metrics, /livez and /readyz; 0 = any free one', Number)
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .addHelpText(
      'after',
      `
Examples:
  ess inbound
  ess inbound hospital --port 8083
  curl -i localhost:8083/webhook/bedChange --json '{"auth":"'$HOSPITAL_SECRET'","bedsFree":3}'`,
    )
    .action(async (names: string[], options: Options) => {
      const settings = loadSettings();
      const root = options.connectors ?? settings.connectors;
      const partners = names.length > 0 ? names : listConnectors(root);
      const { sourceSchema } = await sourceSchemas(root, partners, settings.registry);
      const load = (name: string) => loadConnector(root, name, { sourceSchema });
      const redactor = new Redactor();
      redactor.add(settings.secrets);
      const log = createLog('inbound', {
        level: settings.logLevel,
        redactor,
        ...(options.pretty ? { pretty: true } : {}),
      });
      logUnsafe(log, settings);
      catchLate(log);
      const all = names.length > 0 ? { connectors: names.map(load), refused: [] } : goodConnectors(partners, load, log);
      const connectors = names.length > 0 ? all.connectors : all.connectors.filter(({ inbound }) => inbound.length > 0);
      for (const { secrets } of connectors) redactor.add(secrets);
      const stop = untilStopped();
      // Kept away from the command line's start-up: the doors bring an HTTP server and its tree of modules.
      const { startInbound } = await import('@ess/inbound/inbound.ts');
      const starting = startInbound({
        ...settings.inbound,
        kafka: kafkaSettings(settings),
        registry: settings.registry,
        connectors,
        log,
        port: options.port ?? settings.ports.inbound,
        host: options.host ?? settings.inbound.host,
        adminPort: options.adminPort ?? settings.inbound.adminPort,
        adminHost: settings.adminHost,
        adminHosts: settings.adminHosts,
        signal: stop.signal,
        ...(settings.jwt ? { jwt: settings.jwt } : {}),
        onFatal: () => {
          process.exitCode = 1;
          stop.now();
        },
      });
      const inbound = await started(starting, stop, 'inbound', log);
      const digests = new Map(connectors.map(({ partner, digest }) => [partner, digest]));
      const watches = [...digests.keys(), ...all.refused].map((partner) =>
        watchConnector(
          root,
          partner,
          (changed) => {
            redactor.add(changed.secrets);
            inbound.reload(changed).then(
              () => log.info({ partner }, 'connector.reloaded'),
              (error: unknown) => log.error({ partner, error: String(error) }, 'connector.refused'),
            );
          },
          (problems) => log.error({ partner, problems: problems.map(formatProblem) }, 'connector.refused'),
          { sourceSchema },
          digests.get(partner),
        ),
      );
      await stop.stopped;
      log.info({}, 'inbound.stopping');
      for (const unwatch of watches) unwatch();
      await inbound.stop();
      log.info({}, 'inbound.stopped');
    });
}
