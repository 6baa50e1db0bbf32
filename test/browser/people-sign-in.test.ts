// A real Chromium, a real OpenID Connect issuer and a real console: two people sign in, see what each of them may, and are out everywhere;
// a partner opens a link; and what others have written is shown and never run.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { SignInProvider } from '../fakes/sign-in-provider.ts';
import { makeRule } from '../harness/data/rules.ts';
import { EVIL, GuardedConsole, SECRETS, TOKENS } from '../harness/guarded-console.ts';
import { openChromium } from '../harness/programs/chromium.ts';

const cleanup = new Cleanup();
let guarded: GuardedConsole;
let partner: string;
let ann: BrowserContext;
let bob: BrowserContext;

const FIRST = /partners? (are in step|drifts?)|partners drift/;
const who = (page: Page) => page.locator('.who summary');
const card = (page: Page, name: string) => page.locator('.card', { has: page.getByRole('heading', { name }) });

/** At the issuer's own pages: a name, any password, and yes. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(`${guarded.url}/#/lockstep`);
  await page.getByRole('link', { name: /organisation/ }).click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await who(page).waitFor();
}

beforeAll(async () => {
  guarded = await GuardedConsole.open(cleanup, async (url) => {
    const client = { id: 'ess-console', secret: SECRETS.client, redirectUrl: `${url}/sign-in/back` };
    const provider = await SignInProvider.start(client, { ann: ['ops', 'staff'], bob: ['watch'] });
    cleanup.defer(() => provider[Symbol.asyncDispose]());
    return provider.issuer;
  });
  partner = guarded.line.partner;
  guarded.grant(`  - { to: { groups: ops }, roles: [operator], partners: ["*"] }
  - { to: { groups: watch }, roles: [viewer], partners: ["${partner}"] }
`);
  guarded.receiver.reply = ({ body }) =>
    body['ruleId'] === 'plain'
      ? 200
      : { status: 422, headers: { 'content-type': 'text/html', 'x-reason': EVIL }, body: EVIL };
  await guarded.line.source.publish([makeRule('plain', 1), makeRule('evil', 1), makeRule(EVIL, 1)]);
  [ann, bob] = await Promise.all([openChromium(cleanup), openChromium(cleanup)]);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

test('two people sign in at their issuer, and each sees what they may and is told who they are', async () => {
  const [one, two] = await Promise.all([ann.newPage(), bob.newPage()]);
  await Promise.all([signIn(one, 'ann'), signIn(two, 'bob')]);
  expect([await who(one).textContent(), await who(two).textContent()]).toEqual(['ann@example.org', 'bob@example.org']);
  await Promise.all([card(one, partner).waitFor(), card(one, guarded.other).waitFor(), card(two, partner).waitFor()]);
  expect(await two.content()).not.toContain(guarded.other);
  await two.goto(`${guarded.url}/#/partner/${guarded.other}`);
  await two.getByText(`there is no partner ${guarded.other}`).waitFor();
  const me = (await two.evaluate("fetch('/api/v1/me').then((answer) => answer.json())")) as { partners: unknown };
  expect(me.partners).toEqual([{ partner, actions: ['view'] }]);
  // What the issuer says of them besides is kept nowhere.
  expect(await one.evaluate('document.cookie')).toBe('');
});

test('who signs out everywhere is out in every window at once, and the other one stays', async () => {
  const [here, there] = await Promise.all([ann.newPage(), ann.newPage()]);
  await Promise.all([here, there].map((page) => page.goto(guarded.url)));
  await there.getByRole('heading', { name: FIRST }).waitFor();
  await who(here).click();
  await here.getByRole('button', { name: 'Sign out everywhere' }).click();
  await Promise.all([here, there].map((page) => page.waitForURL(/\/sign-in/)));
  const other = await bob.newPage();
  await other.goto(guarded.url);
  await who(other).waitFor();
});

test('a partner opens its link: it sees itself alone, and the link stays in no address; taken back, it is out', async () => {
  await ann.clearCookies();
  const made = guarded.line.ess(['console', 'link', partner, '--ttl', '10m', '--json'], guarded.env);
  await made.exited;
  const [{ url = '', id = '' } = {}] = made.rows() as Array<{ url?: string; id?: string }>;
  const page = await ann.newPage();
  await page.goto(url);
  await card(page, partner).waitFor();
  expect(new URL(page.url()).href).toBe(`${guarded.url}/`);
  expect(await who(page).textContent()).toBe(`${partner} by link ${id}`);
  for (const at of ['#/', '#/lockstep?all=1', '#/audit', `#/partner/${partner}`, '#/rule/plain']) {
    await page.goto(`${guarded.url}/${at}`);
    await page.locator('#content :is(h1, .empty)').first().waitFor();
    expect([at, (await page.content()).includes(guarded.other)]).toEqual([at, false]);
  }
  await guarded.line.ess(['console', 'link', '--revoke', id], guarded.env).exited;
  await page.waitForURL(/\/sign-in/);
  await page.goto(url);
  await page.getByText('was taken back').waitFor();
});

test('what others have written is shown and never run: rule ids, answers, header values, addresses', async () => {
  await ann.clearCookies();
  const page = await ann.newPage();
  const faults = watch(page);
  await page.goto(guarded.url);
  await page.getByLabel('Token').fill(TOKENS.operator.key);
  await page.getByRole('button', { name: /token/ }).click();
  await page.getByRole('heading', { name: FIRST }).waitFor();
  const evil = encodeURIComponent(EVIL);
  const places = [
    ...['#/', '#/lockstep?all=1', '#/audit', '#/connectors', `#/partner/${partner}`],
    ...[`#/rule/${evil}`, `#/partner/${evil}`, `#/audit?rule=${evil}`, `#/lockstep?all=1&rule=${evil}`, `#/${evil}`],
  ];
  for (const at of places) {
    await page.goto(`${guarded.url}/${at}`);
    await page.locator('#content :is(h1, .empty)').first().waitFor();
    await page.getByText(/Looking/).waitFor({ state: 'detached' });
    expect([at, await page.title()]).toEqual([at, expect.not.stringContaining('taken')]);
  }
  await page.goto(`${guarded.url}/#/rule/${evil}`);
  await page.getByRole('heading', { name: EVIL }).waitFor();
  await page.goto(`${guarded.url}/sign-in?returnTo=/${evil}`);
  expect(faults).toEqual([]);
});

test('axe finds nothing wrong with the sign-in pages, light and dark', async () => {
  await ann.clearCookies();
  const page = await ann.newPage();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const at of ['/sign-in', '/link#nothing']) {
      await page.goto(guarded.url + at);
      await page.getByText(/Opening/).waitFor({ state: 'detached' });
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect([at, colorScheme, found]).toEqual([at, colorScheme, []]);
    }
  }
});

/** What the browser refused, or a page that was run would have brought up. */
function watch(page: Page): string[] {
  const faults: string[] = [];
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  return faults;
}
