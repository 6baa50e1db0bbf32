// `npm run screens`: pictures of every page of the console, wide and narrow, light and dark, to .ess/screens. The three of the README
// are written to docs/pictures.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createProgress } from '@ess/infra/local/machine/progress.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { openChromium } from '../harness/programs/chromium.ts';
import { REPOSITORY } from '../harness/test-stack.ts';
import { CHANGED, tellStory } from './story.ts';

const PAGES = {
  overview: { at: '#/', shows: /4 of 5 partners drift/ },
  lockstep: { at: '#/lockstep', shows: /no worker/ },
  partner: { at: '#/partner/hospital', shows: /The newest/ },
  rule: { at: `#/rule/${CHANGED}`, shows: /That is all|The newest/ },
  letters: { at: '#/letters?partner=clinic', shows: /Redrive what the filter says/ },
  replay: { at: '#/replay?partner=hospital', shows: /Show what the topic holds/ },
  proposals: { at: '#/proposals', shows: /No proposal waits/ },
  connectors: { at: '#/connectors', shows: /connectors are good/ },
  audit: { at: '#/audit', shows: /The newest/ },
} as const;
const SIZES = { wide: { width: 1_280, height: 800 }, narrow: { width: 390, height: 844 } } as const;
const THEMES = ['light', 'dark'] as const;
const OF_README = ['overview-wide-light', 'rule-wide-dark', 'lockstep-narrow-dark'];

const folder = join(REPOSITORY, '.ess/screens');
const pictures = join(REPOSITORY, 'docs/pictures');
for (const one of [folder, pictures]) mkdirSync(one, { recursive: true });
const progress = createProgress();
await using cleanup = new Cleanup();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanup[Symbol.asyncDispose]().then(() => process.exit(130)));
progress.show('the story: five partners at three in the morning');
const url = await tellStory(cleanup);
const page = await (await openChromium(cleanup)).newPage();
for (const [name, { at, shows }] of Object.entries(PAGES))
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of THEMES) {
      const picture = `${name}-${size}-${colorScheme}`;
      progress.show(picture);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.goto(`${url}/${at}`);
      await page.getByText(shows).first().waitFor({ state: 'attached' });
      await page.screenshot({ path: join(folder, `${picture}.png`) });
    }
for (const picture of OF_README) copyFileSync(join(folder, `${picture}.png`), join(pictures, `${picture}.png`));
progress.end();
process.stdout.write(`pictures in ${folder}, those of the README in ${pictures}\n`);
