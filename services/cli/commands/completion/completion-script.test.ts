import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { bashCompletion, completionNodes } from './completion-script.ts';

const root = temporaryFolder({ defer: afterAll });

test('partners are completed by their folders, and a folder whose name is a command is not run', () => {
  const connectors = join(root, 'connectors');
  for (const name of [
    'hospital',
    'county-ems',
    '$(touch ran)',
    '`touch ran`',
    'x\n$(touch ran)',
    'x\u001b[2J',
    ';touch ran',
  ])
    mkdirSync(join(connectors, name), { recursive: true });
  const program = new Command('ess');
  program.command('status').argument('[partners...]');
  const complete = `COMP_WORDS=(ess status ""); COMP_CWORD=2; _ess; printf "%s\\n" "\${COMPREPLY[@]}"`;
  const script = `${bashCompletion(completionNodes(program))}\n${complete}`;
  const env = { ...process.env, ESS_CONNECTORS: connectors };
  const words = execFileSync('bash', ['-c', script], { cwd: root, env, encoding: 'utf8' }).trimEnd().split('\n');
  expect(words.sort()).toEqual(['--help', 'county-ems', 'hospital', 'x']);
  expect(readdirSync(root)).toEqual(['connectors']);
});
