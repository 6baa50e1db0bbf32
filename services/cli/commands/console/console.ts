// `ess console`: what every partner holds, as a page, until it is told to stop.

import type { LoadOptions } from '@ess/runtime/connectors/connector-folder.ts';
import { OwnProcess } from '@ess/runtime/own-process.ts';
import type { Command } from 'commander';
import { KnownSchemas } from '../../source-schemas.ts';
import { portNumber } from '../../terminal/number-option.ts';
import { viewedConnectors } from '../../viewed-connectors.ts';
import { addLinkCommand } from './link.ts';

interface Options {
  readonly connectors?: string;
  readonly host?: string;
  readonly port?: number;
  readonly pretty?: boolean;
}

export function addConsoleCommand(program: Command): void {
  const command = program
    .command('console')
    .description('the lock-step view in the browser: which partner drifts, since when, and why; and what happened')
    .option('--connectors <dir>', 'where the connectors are')
    .option('--host <address>', 'address to listen on; any other than this machine asks for tokens or OIDC')
    .option('--port <n>', 'port of the page; 0 = any free one', portNumber)
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .addHelpText(
      'after',
      `
Without a way to sign in it answers this machine alone, and whoever reaches it may do everything. From elsewhere,
forward the port, ssh -L 8080:127.0.0.1:8080 HOST, or set ESS_CONSOLE_TOKENS or ESS_CONSOLE_OIDC_ISSUER with
ESS_CONSOLE_RIGHTS.

Examples:
  ess console
  ess console --port 0
  ESS_CONSOLE_TOKENS=tokens.yaml ESS_CONSOLE_RIGHTS=rights.yaml ess console --host 0.0.0.0`,
    )
    .action(async (options: Options) => {
      const own = new OwnProcess('console', options);
      const { settings } = own;
      const { file, indexBytes } = settings.view;
      const root = options.connectors ?? settings.connectors;
      const connectors = await viewedConnectors(own, root);
      const known = new KnownSchemas(root, settings.registry);
      const { startConsole } = await import('@ess/console/console.ts');
      const starting = startConsole({
        ...own.options,
        kafka: settings.kafka,
        registry: settings.registry,
        settings: { ...settings.console, ...(options.host !== undefined && { host: options.host }) },
        connectors: connectors.connectors,
        folders: { root, schemas: (partners) => checkedAgainst(known, partners) },
        approvalRecords: settings.approvalRecords,
        ...(file !== undefined && { kept: { file, indexBytes } }),
        adminPort: settings.ports.consoleAdmin,
        port: options.port ?? settings.ports.console,
      });
      await own.run(starting, connectors);
    });
  addLinkCommand(command);
}

/** As `ess connector check` has them, and new ones since. */
async function checkedAgainst(known: KnownSchemas, partners: readonly string[]): Promise<LoadOptions> {
  await known.refresh();
  const { away, ...schemas } = await known.newestFor(partners);
  return { ...schemas, isRegistryAway: away !== undefined };
}
