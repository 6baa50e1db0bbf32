// `ess inbound [PARTNER…]`: the doors that partners ring, until it is told to stop.
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
  readonly pretty?: boolean;
}

export function addInboundCommand(program: Command): void {
  program
    .command('inbound')
    .description('opens the doors that partners ring (webhooks); start it several times behind a load balancer')
    .argument('[partners...]', 'folders under connectors/; default: every connector with a door')
    .option('--connectors <dir>', 'where the connectors are')
    .option('--port <n>', 'port of the doors; 0 = any free one', portNumber)
    .option('--host <address>', 'address of the doors')
    .option('--admin-port <n>', 'port of /metrics, /livez and /readyz; 0 = any free one', portNumber)
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
      const own = new OwnProcess('inbound', options);
      const { settings } = own;
      const { registry, inbound } = settings;
      const root = options.connectors ?? settings.connectors;
      const connectors = await ConnectorSet.open({
        root,
        names: names.length > 0 ? names : undefined,
        concerns: (connector) => connector.inbound.length > 0,
        ...learnedSchemas(root, registry, own.log),
        redactor: own.redactor,
        log: own.log,
      });
      // Kept away from the command line's start-up: the doors bring an HTTP server and its tree of modules.
      const { startInbound } = await import('@ess/inbound/inbound.ts');
      const starting = startInbound({
        ...inbound,
        ...own.options,
        kafka: settings.kafka,
        registry,
        connectors: connectors.connectors,
        port: options.port ?? settings.ports.inbound,
        host: options.host ?? inbound.host,
        adminPort: options.adminPort ?? inbound.adminPort,
        ...(settings.jwt ? { jwt: settings.jwt } : {}),
      });
      await own.run(starting, connectors);
    });
}
