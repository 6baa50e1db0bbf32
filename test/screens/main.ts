// `npm run screens`: pictures of every page of the console, wide and narrow, light and dark, to .ess/screens. Those of the README
// and of docs/console.md are written to docs/pictures.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PageName } from '@ess/console/page/pages.ts';
import { createProgress } from '@ess/infra/local/machine/progress.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import { openChromium } from '../harness/programs/chromium.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { CHANGED, tellStory } from './story.ts';

const WHOLE = /That is all|The newest/;
/** Every page: one that is missing does not compile. */
const PAGES: Readonly<Record<PageName, { readonly behind?: string; readonly shows: RegExp }>> = {
  '': { shows: /4 of 5 partners drift/ },
  lockstep: { shows: /no worker/ },
  partner: { behind: '/hospital', shows: WHOLE },
  rule: { behind: `/${CHANGED}`, shows: WHOLE },
  record: { behind: '/hospital/rules:0:0', shows: /Show the record/ },
  letters: { behind: '?partner=clinic', shows: /Redrive what the filter says/ },
  replay: { behind: '?partner=county-ems', shows: /Show what the topic holds/ },
  proposals: { shows: /No proposal waits/ },
  connectors: { shows: /connectors are good/ },
  audit: { shows: WHOLE },
};
/** What somebody presses before the picture is taken, one after the other, and what is there then. */
const PRESSED: Partial<Record<string, readonly [presses: readonly string[], shows: string | RegExp]>> = {
  letters: [['Redrive what the filter says'], 'What arrives later'],
  replay: [['Show what the topic holds', 'Preview'], /records, \d+ of them for/],
};
const SIZES = { wide: { width: 1_280, height: 800 }, narrow: { width: 390, height: 844 } } as const;
const THEMES = ['light', 'dark'] as const;
const SHOWN = ['letters-wide-light', 'replay-wide-light'];
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
for (const [name, { behind = '', shows }] of Object.entries(PAGES))
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of THEMES) {
      const picture = `${name || 'overview'}-${size}-${colorScheme}`;
      progress.show(picture);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.goto(`${url}/#/${name}${behind}`);
      await page.reload(); // nothing is left of what was pressed before
      await page.getByText(shows).first().waitFor({ state: 'attached' });
      const [presses, then] = PRESSED[name] ?? [[], shows];
      for (const one of presses) await page.getByRole('button', { name: one }).click();
      await page.getByText(then).first().waitFor({ state: 'attached' });
      if ((await page.locator('body').textContent())?.includes(whoAmI()))
        throw new Error(`${picture} shows who takes it: the story has to give everybody a name`);
      await page.screenshot({ path: join(folder, `${picture}.png`) });
    }
for (const picture of [...OF_README, ...SHOWN])
  copyFileSync(join(folder, `${picture}.png`), join(pictures, `${picture}.png`));
progress.end();
process.stdout.write(`pictures in ${folder}, those of the documents in ${pictures}\n`);
