// `ess keys new`: an API key for a partner, or a token for the console. It is printed once and stored nowhere; the connector, or the
// file of tokens, gets its hash.
import { EssError } from '@ess/domain/text/error.ts';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { knownPartner } from '../known-partner.ts';
import { print, tell } from '../terminal/print.ts';

interface Options {
  readonly json?: true;
  readonly consoleToken?: string;
}

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('API keys of partners, and tokens of the console');
  keys
    .command('new')
    .description('makes an API key: the key is for the partner, its hash for connector.yaml')
    .argument('[partner]', 'whose it is: a folder under connectors/; it is only looked up')
    .option('--console-token <name>', 'makes a token that lets somebody into the console, for ESS_CONSOLE_TOKENS')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  ess keys new species-index
  ess keys new --json | jq -r .hash
  ess keys new --console-token night-shift`,
    )
    .action((partner: string | undefined, { json, consoleToken }: Options) => {
      if (consoleToken !== undefined && partner !== undefined)
        throw new EssError('ESS_USAGE', 'name a partner or --console-token, not both');
      if (consoleToken !== undefined && !/^\S+$/.test(consoleToken))
        throw new EssError(
          'ESS_USAGE',
          `--console-token "${consoleToken}" is no name: write one without blanks, e.g. night-shift`,
        );
      const name = partner === undefined ? undefined : knownPartner(partner, loadSettings().connectors);
      const { key, hash } = newApiKey();
      if (json) return print(JSON.stringify({ key, hash }));
      if (consoleToken !== undefined) return tellToken(consoleToken, key, hash);
      print(`key   ${key}`);
      print(`hash  ${hash}`);
      tell(
        `Give the key to ${name ?? 'the partner'}, it is shown only now; put the hash into access.apiKeyHashes of ${
          name === undefined ? 'its connector' : `connectors/${name}/connector.yaml`
        }.`,
      );
    });
}

function tellToken(name: string, token: string, hash: string): void {
  print(`token  ${token}`);
  print(`line   ${JSON.stringify(name)}: ${hash}`);
  tell(
    'The token is shown only now; add the line to the file of ESS_CONSOLE_TOKENS, and a grant { token: … } to the rights.',
  );
}
