// docs/capacity.md shows what `ess capacity` prints; `UPDATE=1` writes it.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

import { REPOSITORY } from './harness/repository.ts';

const PAGE = join(REPOSITORY, 'docs/capacity.md');
const SHOWN = /<!-- capacity (\d+) (\d+) ?(.*?) -->\n(?:\n```text\n[\s\S]*?```\n)?/g;

test('the page shows what the command prints', () => {
  const page = readFileSync(PAGE, 'utf8');
  const made = page.replace(SHOWN, (_all, partners: string, rules: string, more: string) => {
    const args = ['capacity', '--partners', partners, '--rules-per-second', rules, ...more.split(' ').filter(Boolean)];
    const printed = execFileSync(process.execPath, [join(REPOSITORY, 'services/cli/bin/ess.mjs'), ...args], {
      encoding: 'utf8',
    });
    return `<!-- capacity ${[partners, rules, more].join(' ').trim()} -->\n\n\`\`\`text\n${printed}\`\`\`\n`;
  });
  if (process.env['UPDATE']) writeFileSync(PAGE, made);
  else expect(page).toBe(made);
});
