// A real Chromium at a real console: for whoever has no mouse, a narrow screen, another theme, or a reader of screens.
import { setTimeout as delay } from 'node:timers/promises';
import { PAGES } from '@ess/console/page/pages.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ConsoleLine } from '../harness/console/console-line.ts';
import { sights } from '../harness/console/console-pages.ts';
import { faultsForEverybody } from '../harness/console/faults-for-everybody.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { FULL } from '../harness/results.ts';

/** Pieces that a search is answered in: together they take longer than the feed is silent. */
const PIECES = 6;
const PIECE_MS = 500;
const WIDE = { width: 1_280, height: 720 };
const NARROW = { width: 360, height: 740 };
/** What a finger hits (WCAG 2.5.8). */
const TARGET_PX = 24;
/** Links inside a sentence or a row are as high as their line. */
const TOO_SMALL = `[...document.querySelectorAll('nav a, h2 a, main button, header button, select, summary, .states a, input')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < ${TARGET_PX})
  .map(({ outerHTML }) => outerHTML)`;
const RULE = `wf-2292${'-with-a-long-name'.repeat(9)}`;
/** As long as folders may be called. */
const LONG_NAME = "document.querySelector('.card h2 a').textContent = 'p'.repeat(255)";

const cleanup = new Cleanup();
let opened: ConsoleLine;
let url: string;
let page: Page;

beforeAll(async () => {
  opened = await ConsoleLine.open(cleanup);
  ({ url, page } = opened);
  await opened.line.source.publish([makeRule('wf-2291', 1), makeRule(RULE, 1)]);
  await opened.shows(/in step since.*rules in step\s*2/s);
});
beforeEach(async () => {
  await page.setViewportSize(WIDE);
  await page.goto(`${url}/#/`);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const all = () => sights({ partner: opened.line.partner, rule: RULE });

/** The page's policy forbids what playwright would wait with. */
const holds = (script: string) =>
  eventually(script, async () => ((await page.evaluate(script)) === true ? true : undefined));

async function open(at: string, shows: string | RegExp): Promise<void> {
  await page.goto(`${url}/${at}`);
  await page.reload();
  await page.getByText(shows).first().waitFor({ state: 'attached' });
}

test('every page is looked at', () => {
  const looked = new Set(all().map(([at]) => at.replace('#/', '').split(/[/?]/)[0]));
  expect([...looked]).toEqual(PAGES.map(({ page: name }) => name));
});

test.each([
  ['light', WIDE],
  ['dark', NARROW],
  ...(FULL
    ? ([
        ['light', NARROW],
        ['dark', WIDE],
      ] as const)
    : []),
] as const)('axe finds nothing wrong on any page, %s, %o', async (colorScheme, size) => {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
  const found = async (at: string) => [at, await faultsForEverybody(page)];
  for (const [at, shows] of all()) {
    await open(at, shows);
    expect(await found(at)).toEqual([at, []]);
  }
  for (const [key, label] of [
    ['/', 'Go to'],
    ['?', 'Keys'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole('dialog', { name: label }).waitFor();
    expect(await found(label)).toEqual([label, []]);
    await page.keyboard.press('Escape');
  }
});

test('on a narrow screen nothing scrolls sideways, a finger hits what it is to hit, and a table is still one', async () => {
  await page.setViewportSize(NARROW);
  for (const [at, shows] of all()) {
    await open(at, shows);
    expect([at, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([at, NARROW.width]);
    const small = (await page.evaluate(TOO_SMALL)) as string[];
    expect([at, small]).toEqual([at, []]);
  }
  await open('#/', 'rules in step');
  expect(await page.evaluate(`${LONG_NAME}; document.documentElement.scrollWidth`)).toBe(NARROW.width);
  await open('#/lockstep?all=1', RULE);
  await page.getByRole('rowheader', { name: RULE }).waitFor();
});

test('keys alone lead everywhere, and one sees where one is', async () => {
  await page.reload();
  await opened.shows(/in step/);
  const seen: string[] = [];
  const listed = PAGES.filter(({ names }) => names === null).map(({ title }) => title);
  for (let step = 0; step < listed.length + 3; step += 1) {
    await page.keyboard.press('Tab');
    const [text, outline] = (await page.evaluate(
      '[document.activeElement.textContent, getComputedStyle(document.activeElement).outlineStyle]',
    )) as [string, string];
    seen.push(text);
    expect([text, outline]).toEqual([text, 'solid']);
  }
  expect(seen).toEqual(['Skip to the content', ...listed, 'Go to…', opened.line.partner]);
  await page.reload();
  await opened.shows(/in step/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('content');
});

test('the command palette leads to a page, a partner and a rule by a part of its name', async () => {
  const goTo = async (key: string, part: string, name: string | RegExp, heading: string | RegExp) => {
    await page.keyboard.press(key);
    await page.keyboard.type(part);
    await page.getByRole('option', { name, selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  };
  await goTo('/', 'LOCK', /Lock-step/, 'What drifts');
  await goTo('Control+k', opened.line.partner.slice(1, 6), opened.line.partner, `Partner ${opened.line.partner}`);
  await goTo('/', '2292', RULE, `Rule ${RULE}`);
  await page.keyboard.press('/');
  await page.keyboard.type('wf-229');
  await page.getByRole('option', { name: RULE }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('option', { name: RULE, selected: true }).waitFor();
  await page.keyboard.type('nobody');
  await page.getByText('Nothing is called so.').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('go to a page').waitFor();
  await page.keyboard.press('Escape');
  // What somebody writes into a field is no shortcut.
  await page.goto(`${url}/#/lockstep`);
  await page.getByLabel('Rule').fill('');
  await page.getByLabel('Rule').press('/');
  expect(await page.getByLabel('Rule').inputValue()).toBe('/');
});

test('of a long list the rows in sight are in the page, keys go from row to row, and one that shrinks shows its end', async () => {
  const cell = {
    partner: opened.line.partner,
    expected: 1,
    acked: 1,
    state: 'inStep',
    since: new Date().toISOString(),
    why: '',
  };
  let total = 100_000;
  await page.route('**/api/v1/cells?*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const [from, limit] = ['from', 'limit'].map((name) => Number(asked.get(name))) as [number, number];
    const length = Math.max(0, Math.min(limit, total - from));
    const cells = Array.from({ length }, (_, at) => ({ ...cell, ruleId: `r${from + at}` }));
    return route.fulfill({ json: { at: cell.since, total, from, cells } });
  });
  await page.setViewportSize({ width: 1_280, height: 1_400 });
  await page.goto(`${url}/#/lockstep?all=1`);
  const table = page.getByRole('table', { name: 'What partners hold' });
  const row = (index: number) => table.getByRole('row', { name: `r${index} `, exact: false }).first();
  await row(0).waitFor();
  expect(await table.getAttribute('aria-rowcount')).toBe('100001');
  const key = async (name: string, index: number) => {
    await page.keyboard.press(name);
    await holds(`document.activeElement.dataset.index === '${index}'`);
    await holds(`document.activeElement.textContent.includes('r${index}')`);
    expect(await page.evaluate('document.activeElement.ariaRowIndex')).toBe(String(index + 2));
    expect(await table.getByRole('row').count()).toBeLessThanOrEqual(80);
  };
  await page.getByRole('region', { name: 'What partners hold' }).focus();
  await key('ArrowDown', 0);
  await key('ArrowDown', 1);
  await key('End', 99_999);
  await key('ArrowUp', 99_998);
  await key('Home', 0);
  await page.keyboard.press('PageDown');
  await holds('Number(document.activeElement.dataset.index) > 10');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.tagName')).toBe('A');
  for (let step = 0; step < 20; step += 1) {
    await page.mouse.move(640, 700);
    await page.mouse.wheel(0, 20_000);
    expect(await table.getByRole('row').count()).toBeLessThanOrEqual(80);
  }
  total = 60;
  await page.getByText('60 in all.').waitFor();
  await row(59).waitFor();
  await page.unroute('**/api/v1/cells?*');
});

test('a search that takes longer than the feed is silent comes to its end', async () => {
  let asked = 0;
  await page.route('**/api/v1/attempts?*', async (route) => {
    const { searchParams } = new URL(route.request().url());
    const at = Number(searchParams.get('after') ?? 0);
    asked += 1;
    await delay(PIECE_MS);
    const next = at + 1 < PIECES ? String(at + 1) : null;
    const json = { attempts: [], next, lookedBackTo: null, reachesBackTo: new Date(0).toISOString() };
    await route.fulfill({ json }).catch(() => undefined); // the page may have left
  });
  await page.goto(`${url}/#/partner/${opened.line.partner}`);
  await page.getByText('Nothing is like that').waitFor();
  expect(asked).toBeGreaterThanOrEqual(PIECES);
  await page.unroute('**/api/v1/attempts?*');
});
