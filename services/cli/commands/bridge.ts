// `ess bridge`: /stream and /replay for partners without an endpoint, and the projector, until it is told to stop.
import type { Connector } from '@ess/domain/connector.ts';
import { formatProblem } from '@ess/domain/problem.ts';
import { compilePartner, listConnectors, loadConnector } from '@ess/runtime/connector-folder.ts';
import { watchConnector } from '@ess/runtime/connector-watch.ts';
import { catchLate } from '@ess/runtime/last-net.ts';
import { ListedConnectors } from '@ess/runtime/listed-connectors.ts';
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
  readonly topic?: string;
  readonly projector: boolean;
  readonly pretty?: boolean;
}

/** A folder that comes or goes is noticed within this time. */
const LOOK_AGAIN_MS = 2_000;

export function addBridgeCommand(program: Command): void {
  program
    .command('bridge')
    .description(
      'serves /stream (server-sent events) and /replay to partners; start it several times to share the load',
    )
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'public port; 0 = any free one', Number)
    .option('--host <address>', 'address of the public port')
    .option('--admin-port <n>', 'port of /metrics, /livez and /readyz; 0 = any free one', Number)
    .option('--topic <name>', 'topic of public rules that is streamed (default public.rules)')
    .option('--no-projector', 'leave the way from rules to public.rules to other processes')
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .addHelpText(
      'after',
      `
Examples:
  ess bridge
  curl -N -H "x-api-key: $KEY" localhost:8082/stream
  curl -H "x-api-key: $KEY" "localhost:8082/replay?since=1685940000000"`,
    )
    .action(async (options: Options) => {
      const settings = loadSettings();
      const root = options.connectors ?? settings.connectors;
      const redactor = new Redactor();
      redactor.add(settings.secrets);
      const log = createLog('bridge', {
        level: settings.logLevel,
        redactor,
        ...(options.pretty ? { pretty: true } : {}),
      });
      logUnsafe(log, settings);
      catchLate(log);
      const names = listConnectors(root);
      const { sourceSchema } = await sourceSchemas(root, names, settings.registry);
      const load = (name: string): Connector => {
        const connector = loadConnector(root, name, { sourceSchema });
        redactor.add(connector.secrets);
        return connector;
      };
      // Secrets of partners that do not stream are not needed here. One that is invalid is loaded, to be told.
      const streams = (name: string): boolean =>
        compilePartner(root, name, { sourceSchema, withoutEnv: true }).connector?.stream.enabled ?? true;
      const stop = untilStopped();
      const { startBridge } = await import('@ess/bridge/bridge.ts');
      const { connectors } = goodConnectors(names.filter(streams), load, log);
      const starting = startBridge({
        ...settings.bridge,
        kafka: kafkaSettings(settings),
        registry: settings.registry,
        connectors,
        log,
        port: options.port ?? settings.ports.bridge,
        host: options.host ?? settings.bridge.host,
        adminPort: options.adminPort ?? settings.bridge.adminPort,
        adminHost: settings.adminHost,
        adminHosts: settings.adminHosts,
        cursorKeys: settings.cursorKeys,
        projector: options.projector,
        signal: stop.signal,
        ...(options.topic === undefined ? {} : { topic: options.topic }),
        ...(settings.jwt ? { jwt: settings.jwt } : {}),
        onFatal: () => {
          process.exitCode = 1;
          stop.now();
        },
      });
      const bridge = await started(starting, stop, 'bridge', log);

      const digests = new Map(connectors.map(({ partner, digest }) => [partner, digest]));
      const watches = new Map<string, () => void>();
      const watch = (partner: string) =>
        watches.set(
          partner,
          watchConnector(
            root,
            partner,
            (changed) => {
              redactor.add(changed.secrets);
              bridge.put(changed);
              log.info({ partner }, 'connector.reloaded');
            },
            (problems) => log.error({ partner, problems: problems.map(formatProblem) }, 'connector.refused'),
            { sourceSchema },
            digests.get(partner),
          ),
        );
      const add = (partner: string) => {
        watch(partner);
        try {
          if (!streams(partner)) return;
          bridge.put(load(partner));
          log.info({ partner }, 'connector.added');
        } catch (error) {
          log.error({ partner, error: String(error) }, 'connector.refused');
        }
      };
      const listing = new ListedConnectors(root, names, {
        added: add,
        removed: (partner) => {
          watches.get(partner)?.();
          watches.delete(partner);
          digests.delete(partner);
          bridge.remove(partner);
          log.warn({ partner }, 'connector.removed');
        },
        away: (error) => log.error({ error: error.message }, 'connectors.away'),
      });
      for (const name of names) watch(name);
      const looking = setInterval(() => listing.look(), LOOK_AGAIN_MS);
      await stop.stopped;
      log.info({}, 'bridge.stopping');
      clearInterval(looking);
      for (const unwatch of watches.values()) unwatch();
      await bridge.stop();
      log.info({}, 'bridge.stopped');
    });
}
