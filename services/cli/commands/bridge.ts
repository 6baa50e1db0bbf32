// `ess bridge`: /stream and /replay for partners without an endpoint, and the projector, until it is told to stop.
import { ConnectorSet } from '@ess/runtime/connectors/connector-set.ts';
import { OwnProcess } from '@ess/runtime/own-process.ts';
import type { Command } from 'commander';
import { learnedSchemas } from '../source-schemas.ts';
import { portNumber } from '../terminal/number-option.ts';

interface Options {
  readonly connectors?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly host?: string;
  readonly topic?: string;
  readonly projector: boolean;
  readonly pretty?: boolean;
}

export function addBridgeCommand(program: Command): void {
  program
    .command('bridge')
    .description(
      'serves /stream (server-sent events) and /replay to partners; start it several times to share the load',
    )
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'public port; 0 = any free one', portNumber)
    .option('--host <address>', 'address of the public port')
    .option('--admin-port <n>', 'port of /metrics, /livez and /readyz; 0 = any free one', portNumber)
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
      const own = new OwnProcess('bridge', options);
      const { settings } = own;
      const { registry, bridge } = settings;
      const root = options.connectors ?? settings.connectors;
      const connectors = await ConnectorSet.open({
        root,
        concerns: ({ stream }) => stream.enabled,
        ...learnedSchemas(root, registry, own.log),
        redactor: own.redactor,
        log: own.log,
      });
      const { startBridge } = await import('@ess/bridge/bridge.ts');
      const starting = startBridge({
        ...bridge,
        ...own.options,
        kafka: settings.kafka,
        registry,
        connectors: connectors.connectors,
        port: options.port ?? settings.ports.bridge,
        host: options.host ?? bridge.host,
        adminPort: options.adminPort ?? bridge.adminPort,
        cursorKeys: settings.cursorKeys,
        projector: options.projector,
        ...(options.topic === undefined ? {} : { topic: options.topic }),
        ...(settings.jwt ? { jwt: settings.jwt } : {}),
      });
      await own.run(starting, connectors);
    });
}
