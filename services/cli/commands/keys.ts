// `ess keys new`: an API key for a partner. It is printed once and stored nowhere; the connector gets its hash.
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { knownPartner } from '../known-partner.ts';
import { print, tell } from '../terminal/print.ts';

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('API keys of partners');
  keys
    .command('new')
    .description('makes an API key: the key is for the partner, its hash for connector.yaml')
    .argument('[partner]', 'whose it is: a folder under connectors/; it is only looked up')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  ess keys new species-index\n  ess keys new --json | jq -r .hash')
    .action((partner: string | undefined, { json }: { json?: true }) => {
      const name = partner === undefined ? undefined : knownPartner(partner, loadSettings().connectors);
      const { key, hash } = newApiKey();
      if (json) return print(JSON.stringify({ key, hash }));
      print(`key   ${key}`);
      print(`hash  ${hash}`);
      tell(
        `Give the key to ${name ?? 'the partner'}, it is shown only now; put the hash into access.apiKeyHashes of ${
          name === undefined ? 'its connector' : `connectors/${name}/connector.yaml`
        }.`,
      );
    });
}
