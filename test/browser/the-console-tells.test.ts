// A real Chromium at a real console: the wildfire rule comes in step, the partner goes away and the cause stands there, it returns
// and all is well, and nobody has reloaded the page. The console asks Kafka nothing for it.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { FakePartner } from '../fakes/partner.ts';
import { ConsoleLine } from '../harness/console/console-line.ts';
import { makeRule } from '../harness/data/rules.ts';
import type { Pipeline } from '../harness/programs/pipeline.ts';

/** An id that a page which trusted it would run, or take for an address, or turn around. */
const EVIL = '<img src=x onerror="document.title=\'taken\'"> a/b%2F?#&=🔥שלום';

const cleanup = new Cleanup();
let opened: ConsoleLine;
let partner: FakePartner;
let line: Pipeline;
let url: string;
let page: Page;

beforeAll(async () => {
  opened = await ConsoleLine.open(cleanup);
  ({ partner, line, url, page } = opened);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const card = () => opened.card();
const shows = (text: RegExp) => opened.shows(text);

test('a rule comes in step, an outage shows with its cause, and its end clears it, without a reload', async () => {
  await page.evaluate('window.notReloaded = true');
  await line.source.publish([makeRule('wf-2291', 1), makeRule(EVIL, 1)]);
  await shows(/in step since.*rules in step\s*2/s);
  await page.getByRole('heading', { name: 'All 1 partners are in step' }).waitFor();
  // Asked every half minute: it may have been when nothing was published yet.
  await shows(/replay window\s*(nothing to replay|\d+ (s|min), to)/);

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
  const version = page.getByRole('region', { name: 'Version 1' });
  await version.locator('summary', { hasText: /acknowledged [\d.]+ s after it was published/ }).click();
  await version.getByText(/after it was published: delivered \(try 1, answered 200\)/).waitFor();

  partner.reply = () => 200;
  await page.getByRole('cell', { name: 'in step', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await shows(/in step since/);
  expect(await page.evaluate('window.notReloaded')).toBe(true);
  expect(opened.faults).toEqual([]);
});

test('filters are part of the address, and say when nothing is like that', async () => {
  await page.goto(`${url}/#/lockstep?all=1`);
  await page.getByRole('row', { name: /wf-2292/ }).waitFor();
  await page.getByLabel('Rule').fill('2291');
  await page.getByText('1 in all.').waitFor();
  expect(page.url()).toContain('rule=2291');
  await page.getByLabel('State').selectOption('dead letter');
  await page.getByText('No rule is like that.').waitFor();
  await page.goBack();
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
