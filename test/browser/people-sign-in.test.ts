// A real Chromium, a real OpenID Connect issuer and a real console: two people sign in, see what each of them may, and are out everywhere;
// a partner opens a link; and what others have written is shown and never run.
import { linkText, newLink } from '@ess/console/rights/link.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { SignInProvider } from '../fakes/sign-in-provider.ts';
import { faultsForEverybody } from '../harness/console/faults-for-everybody.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
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
    const provider = await SignInProvider.start(client, { ann: ['ops', 'staff'], bob: ['watch'], cleo: ['ops'] });
    cleanup.defer(() => provider[Symbol.asyncDispose]());
    return provider.issuer;
  });
  partner = guarded.line.partner;
  guarded.grant(`  - { to: { groups: ops }, roles: [operator], partners: ["*"] }
  - { to: { groups: watch }, roles: [viewer], partners: ["${partner}"] }
`);
  guarded.receiver.reply = ({ body }) =>
    ['plain', 'later'].includes(String(body['ruleId']))
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
  for (const at of [`#/partner/${partner}`, `#/replay?partner=${partner}`, `#/letters?partner=${partner}`, '#/audit']) {
    await two.goto(`${guarded.url}/${at}`);
    await two.locator('#content h1').first().waitFor();
    expect([at, await two.getByText(/^(Pause deliveries|Preview|Redrive|Drop|Export what is found)/).count()]).toEqual([
      at,
      0,
    ]);
  }
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

test('one person proposes a replay in the page, another one approves it there, and the worker runs exactly what was frozen', async () => {
  await Promise.all([ann.clearCookies(), bob.clearCookies()]);
  const [one, two] = await Promise.all([ann.newPage(), bob.newPage()]);
  await Promise.all([signIn(one, 'ann'), signIn(two, 'cleo')]);
  const button = (at: Page | Locator, name: string) => at.getByRole('button', { name, exact: true });
  const order = async (at: Locator, verb: string) => {
    await at.getByLabel('Why (goes on record)').fill('their disk');
    await at.getByLabel(`Type ${partner} to confirm`).fill(partner);
    await button(at, verb).click();
  };
  await one.goto(`${guarded.url}/#/replay?partner=${partner}`);
  await button(one, 'Show what the topic holds').click();
  await one.getByLabel(/^From/).press('Home');
  await one.getByLabel('Only the rule').fill('plain');
  await button(one, 'Preview').click();
  await one.getByText(/1 records, 1 of them for/).waitFor();
  await order(one.getByRole('region', { name: `A replay to ${partner}` }), 'Propose the replay');
  const said = await one.getByText(/^Proposed as/).textContent();
  const id = /Proposed as (\w+)/.exec(said ?? '')?.[1] ?? '';
  const proposal = (page: Page) => page.getByRole('region', { name: `Proposal ${id}` });
  await Promise.all([one, two].map((page) => page.goto(`${guarded.url}/#/proposals`)));
  // Who has proposed it may not approve it: it is not offered, and refused all the same.
  await button(proposal(one), 'Withdraw').waitFor();
  expect(await button(proposal(one), 'Approve').count()).toBe(0);
  const digest = await proposal(one).locator('code').textContent();
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ digest, confirm: partner }),
  };
  const asking = `fetch('/api/v1/proposals/${id}/approve', ${JSON.stringify(init)}).then((answer) => answer.status)`;
  expect(await one.evaluate(asking)).toBe(409);
  // What comes meanwhile is no part of it.
  const theirs = () => guarded.receiver.received.filter(({ headers }) => 'x-own' in headers);
  await guarded.line.source.publish([makeRule('later', 1)]);
  await guarded.receiver.until(() => theirs().some(({ body }) => body['ruleId'] === 'later'));
  const before = theirs().length;
  await order(proposal(two), 'Approve');
  const done = proposal(one).filter({
    hasText: /completed, approved by cleo@example\.org; proposed by ann@example\.org/,
  });
  await done.filter({ hasText: 'their disk (from 127.0.0.1)' }).waitFor();
  expect(
    theirs()
      .slice(before)
      .map(({ body }) => body['ruleId']),
  ).toEqual(['plain']);
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

test('a partner asks for a replay through its link, and an operator lets it run: once, and what was looked at', async () => {
  const link = linkText(newLink(partner, 600_000), SECRETS.key);
  const own = { origin: guarded.url };
  const { cookie } = await guarded.ask('/sign-in/link', { method: 'POST', headers: own, body: { link } });
  const asPartner = { ...own, cookie };
  const asOperator = { authorization: `Bearer ${TOKENS.operator.key}` };
  const post = async (headers: Record<string, string>, path: string, body: object) => {
    const answer = await guarded.ask(`/api/v1${path}`, { method: 'POST', headers, body });
    return { http: answer.status, ...(JSON.parse(answer.text) as { readonly id: string; readonly status: string }) };
  };
  const plan = await post(asPartner, `/partners/${partner}/replays/preview`, { since: '1h', clamp: true });
  expect(plan).toMatchObject({ http: 200, needs: 'a partner asks for it' });
  const { id, ...asked } = await post(asPartner, `/partners/${partner}/replays`, {
    ...{ id: plan.id, reason: 'a disk', confirm: partner },
  });
  expect(asked).toMatchObject({ http: 200, status: 'proposed' });
  expect((await post(asPartner, `/partners/${guarded.other}/replays/preview`, { since: '1h' })).http).toBe(404);
  const digest = await eventually('it is among the proposals', async () => {
    const { text } = await guarded.ask('/api/v1/proposals', { headers: asOperator });
    const { proposals } = JSON.parse(text) as { proposals: ReadonlyArray<{ id: string; digest: string }> };
    return proposals.find((one) => one.id === id)?.digest;
  });
  const approve = async (headers: Record<string, string>, of: string, given = digest) =>
    (await post(headers, `/proposals/${of}/approve`, { digest: given, confirm: partner })).http;
  expect(await approve(asPartner, id)).toBe(403);
  expect(await approve(asOperator, id, '0'.repeat(64))).toBe(400);
  expect([await approve(asOperator, 'nobody'), await approve(asOperator, id)]).toEqual([404, 200]);
  expect(await approve(asOperator, id)).toBe(409);
});

test('whoever is signed in is asked before a link makes them somebody else; a wrong way back signs nobody out', async () => {
  const headers = { cookie: (await guarded.signIn(TOKENS.viewer.key)).cookie };
  const link = await guarded.ask('/link', { headers });
  expect(link.text).toMatch(/You are signed in as token viewer.*<button id="open"/s);
  expect((await guarded.ask('/link')).text).not.toContain('<button');
  const back = await guarded.ask('/sign-in/back?code=x', { headers });
  expect([back.status, back.cookie]).toEqual([401, '']);
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
      expect([at, colorScheme, await faultsForEverybody(page)]).toEqual([at, colorScheme, []]);
    }
  }
});

test('a console that others reach and nobody signs in at does not start', async () => {
  const { stderr, code } = await guarded.line.run('console', '--host', '0.0.0.0');
  expect([code, stderr]).toEqual([1, expect.stringContaining('ESS_CONSOLE_TOKENS')]);
});

test('a name that leads here by somebody else (DNS rebinding) is not answered', async () => {
  const headers = { authorization: `Bearer ${TOKENS.operator.key}`, host: 'evil.example' };
  expect((await guarded.ask('/api/v1/me', { headers })).status).toBe(403);
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
