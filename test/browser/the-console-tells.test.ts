// A real Chromium at a real console: the wildfire rule comes in step, the partner goes away and the cause stands there, it returns
// and all is well, and nobody has reloaded the page. The console asks Kafka nothing for it.
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { openChromium } from '../harness/programs/chromium.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { FULL } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** A title that a page which trusted it would run. */
const EVIL = '<img src=x onerror="document.title=\'taken\'">';

/** Every page, and what it shows when it is all there. */
const PAGES: ReadonlyArray<readonly [at: string, shows: string | RegExp]> = [
  ['#/', 'rules in step'],
  ['#/lockstep?all=1', 'wf-2292'],
  ['#/rule/wf-2292', /That is all|The newest/],
  ['#/audit?outcome=delivered', /That is all|The newest/],
  ['#/audit?id=nobody', 'Nothing is like that'],
];

const cleanup = new Cleanup();
let partner: FakePartner;
let line: Pipeline;
let program: EssProcess;
let url: string;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  partner = await FakePartner.start();
  cleanup.defer(() => partner[Symbol.asyncDispose]());
  const deliver = { retry: { firstMs: 10, maxMs: 100 }, breaker: { minAttempts: 2 } };
  line = await Pipeline.open(stack, partner, { deliver });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  await line.start();
  const file = join(temporaryFolder(cleanup), 'view');
  program = line.ess(['console'], { ESS_CONSOLE_PORT: '0', ESS_CONSOLE_ADMIN_PORT: '0', ESS_VIEW_FILE: file });
  url = String((await program.logged('console.started'))['url']);
  const context = await openChromium(cleanup);
  page = await context.newPage();
  const isEarly = (address: string) => address.includes('/attempts?'); // the index is begun beside the page
  page.on('console', (message) => {
    if (message.type() === 'error' && !isEarly(message.location().url)) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const card = () => page.locator('.card', { has: page.getByRole('heading', { name: line.partner }) });
const shows = (text: RegExp) => card().filter({ hasText: text }).waitFor();

test('a rule comes in step, an outage shows with its cause, and its end clears it, without a reload', async () => {
  await page.evaluate('window.notReloaded = true');
  await line.source.publish([makeRule('wf-2291', 1), makeRule(EVIL, 1)]);
  await shows(/in step since.*rules in step\s*2/s);
  await page.getByRole('heading', { name: 'All 1 partners are in step' }).waitFor();

  partner.reply = () => 503;
  await line.source.publish([makeRule('wf-2291', 2), makeRule('wf-2292', 1), makeRule(EVIL, 2)]);
  await shows(/rules? drifts?, the oldest for.*held since .* UTC: status-503, 3 waiting/s);

  await card().getByRole('link', { name: line.partner }).click();
  await page.getByRole('heading', { name: `Partner ${line.partner}` }).waitFor();
  await page.getByRole('table', { name: 'Attempts' }).getByRole('row', { name: '503' }).first().waitFor();
  await page
    .getByRole('table', { name: /Partitions where/ })
    .getByRole('cell', { name: 'held' })
    .first()
    .waitFor();
  await page.getByRole('link', { name: 'What drifts' }).click();
  const row = page.getByRole('row', { name: /wf-2291/ });
  await row.waitFor();
  expect(await row.textContent()).toMatch(/21held/);
  await page.getByRole('link', { name: EVIL }).click();
  await page.getByRole('heading', { name: `Rule ${EVIL}` }).waitFor();
  expect(await page.title()).toBe('ESS');

  partner.reply = () => 200;
  await page.getByRole('cell', { name: 'in step', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await shows(/in step since/);
  expect(await page.evaluate('window.notReloaded')).toBe(true);
  expect(faults).toEqual([]);
});

test('filters are part of the address, and say when nothing is like that', async () => {
  await page.goto(`${url}/#/lockstep?all=1`);
  await page.getByRole('row', { name: /wf-2292/ }).waitFor();
  await page.getByLabel('Rule').fill('2291');
  await page.getByText('1 to 1 of 1').waitFor();
  expect(page.url()).toContain('rule=2291');
  await page.getByLabel('State').selectOption('dead letter');
  await page.getByText('No rule is like that.').waitFor();
  await page.goBack();
});

test('a list that has shrunk shows its last piece, and another filter its first', async () => {
  const cell = {
    partner: line.partner,
    expected: 1,
    acked: 1,
    state: 'inStep',
    since: new Date().toISOString(),
    why: '',
  };
  let total = 120;
  await page.route('**/api/v1/cells?*', (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('from'));
    const all = Array.from({ length: total }, (_, at) => ({ ...cell, ruleId: `r${at}` }));
    return route.fulfill({ json: { at: cell.since, total, from, cells: all.slice(from, from + 50) } });
  });
  await page.goto(`${url}/#/lockstep?all=1`);
  const next = page.getByRole('button', { name: 'Next' });
  await next.click();
  await page.getByText('51 to 100 of 120').waitFor();
  await next.click();
  await page.getByText('101 to 120 of 120').waitFor();
  total = 60;
  await page.getByText('51 to 60 of 60').waitFor();
  await page.goto(`${url}/#/lockstep?all=1&partner=${line.partner}`);
  await page.getByText('1 to 50 of 60').waitFor();
  await page.unroute('**/api/v1/cells?*');
});

test('what happened is found by rule, partner, outcome and id, and a rule has its own', async () => {
  // Other tests write into the same topic.
  await page.goto(`${url}/#/audit?partner=${line.partner}`);
  await page.getByLabel('Outcome').selectOption('delivered');
  const delivered = page.getByRole('row', { name: /wf-2291 v2/ });
  await delivered.getByText('ids').click();
  const id = await delivered.getByRole('definition').first().textContent();
  await page.getByLabel('Outcome').selectOption('');
  await page.getByLabel('Event or delivery id').fill(id ?? '');
  await page.getByText('That is all').waitFor();
  expect(page.url()).toContain(`id=${encodeURIComponent(id ?? '')}`);
  await page.getByRole('row', { name: '503' }).first().waitFor();
  await page.getByLabel('Event or delivery id').fill('nobody');
  await page.getByText('Nothing is like that').waitFor();
  await page.goto(`${url}/#/rule/wf-2291`);
  await page.getByRole('table', { name: 'Attempts' }).getByRole('row', { name: 'delivered' }).first().waitFor();
});

test('on a narrow screen a table is still one', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${url}/#/lockstep?all=1`);
  await page.getByRole('rowheader', { name: 'wf-2292' }).waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  await page.setViewportSize({ width: 1_280, height: 720 });
});

test.each([
  ['light', 1_280],
  ['dark', 360],
  ...(FULL
    ? ([
        ['light', 360],
        ['dark', 1_280],
      ] as const)
    : []),
] as const)('axe finds nothing wrong on any page, %s, %d wide', async (colorScheme, width) => {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 720 });
  for (const [at, shows] of [...PAGES, [`#/partner/${line.partner}`, 'Nothing waits'] as const]) {
    await page.goto(`${url}/${at}`);
    await page.reload();
    await page.getByText(shows).first().waitFor({ state: 'attached' });
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect([at, found]).toEqual([at, []]);
  }
  await page.setViewportSize({ width: 1_280, height: 720 });
});

test('keys alone lead everywhere', async () => {
  await page.goto(`${url}/#/`);
  await page.reload();
  await shows(/in step/);
  const seen: string[] = [];
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press('Tab');
    seen.push(await page.evaluate('document.activeElement.textContent'));
  }
  expect(seen).toEqual(['Skip to the content', 'Overview', 'Lock-step', 'Audit', line.partner]);
});

const asked = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });

test.each([
  ['a page of another origin', { origin: 'https://evil.example' }],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ['a page of another port', { 'sec-fetch-site': 'same-site' }],
  ['a sandboxed page', { origin: 'null' }],
])('%s is refused', async (_who, headers) => {
  const answer = await asked('/api/v1/overview', headers);
  expect([answer.status, await answer.json()]).toEqual([403, { error: expect.stringContaining('may not ask here') }]);
});

test('what is wrong with a question is said, and an answer brings the policy that keeps a page in its place', async () => {
  expect(await (await asked('/api/v1/cells?state=gone')).json()).toEqual({ error: 'state: there is no state gone' });
  for (const path of [
    '/api/v1/cells?limit=100000',
    '/api/v1/cells?from=-1',
    '/api/v1/cells?all=maybe',
    '/api/v1/attempts?outcome=gone',
    '/api/v1/attempts?after=1',
    '/api/v1/attempts?since=soon',
  ])
    expect([path, (await asked(path)).status]).toEqual([path, 400]);
  for (const path of ['/api/v1/none', '/..%2f..%2fpackage.json', '/built/index.html', '/api/v1/partners/none'])
    expect([path, (await asked(path)).status]).toEqual([path, 404]);
  const { headers } = await asked('/');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
