// A real Chromium at a real console: what somebody does there at three in the morning. A replay is picked, previewed, run and undone;
// dead letters are redriven by what the filter says; a record is made again; a partner is paused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reach } from '@ess/console/facts/overview.ts';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ConsoleLine } from '../harness/console/console-line.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const cleanup = new Cleanup();
let opened: ConsoleLine;
let page: Page;
let url: string;
let name: string;

beforeAll(async () => {
  opened = await ConsoleLine.open(cleanup);
  ({ page, url } = opened);
  name = opened.line.partner;
  await opened.line.source.publish([makeRule('wf-1', 1), makeRule('wf-2', 1)]);
  await opened.shows(/in step since.*rules in step\s*2/s);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const button = (text: string | RegExp) => page.getByRole('button', { name: text });
const received = (count: number) => opened.partner.until((all) => all.length >= count);

async function previewed(): Promise<void> {
  await page.goto(`${url}/#/`);
  await page.goto(`${url}/#/replay?partner=${name}`);
  await button('Show what the topic holds').click();
  // The slider goes by keys alone.
  await page.getByLabel(/^From/).press('Home');
  await button('Preview').click();
  await page.getByText(/2 records, 2 of them for/).waitFor();
}

test('a replay is picked on the timeline, previewed, and runs when the name of the partner is typed', async () => {
  await previewed();
  await page.getByLabel('Why (goes on record)').fill('lost its disk');
  expect(await button(/^Replay$/).isDisabled()).toBe(true);
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await button(/^Replay$/).dblclick();
  await page.getByText(/^Ordered as/).waitFor();
  await received(4);
  const replay = page.getByRole('region', { name: /^Replay / }).filter({ hasText: 'lost its disk' });
  await replay.filter({ hasText: 'completed' }).waitFor();
  expect(await replay.count()).toBe(1);
});

test('a replay that runs is undone', async () => {
  opened.partner.reply = () => 503;
  await previewed();
  await page.getByLabel('Why (goes on record)').fill('by mistake');
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await button(/^Replay$/).click();
  const replay = page.getByRole('region', { name: /^Replay / }).filter({ hasText: 'by mistake' });
  await replay.getByRole('button', { name: /^Undo/ }).click();
  await replay.filter({ hasText: 'undone' }).waitFor();
  opened.partner.reply = () => 200;
  await page.goto(`${url}/#/`);
  await opened.shows(/in step since/);
});

test('dead letters are redriven by what the filter says, and what arrives later is not among them', async () => {
  opened.partner.reply = ({ body }) => (body['ruleId'] === 'wf-1' ? 422 : 200);
  // Another rule gets through, so that the partner is not to blame.
  await opened.line.source.publish([makeRule('wf-1', 2), makeRule('wf-2', 2)]);
  await page.goto(`${url}/#/letters`);
  const groups = page.getByRole('table', { name: 'By partner and reason' });
  await groups.getByRole('row', { name: new RegExp(`${name}.*status-422`) }).waitFor();
  await groups.getByRole('link', { name }).first().click();
  await button('Redrive what the filter says').click();
  await page.getByText(/1 letter: 1 status-422\. What arrives later/).waitFor();
  await opened.line.source.publish([makeRule('wf-1', 3), makeRule('wf-2', 3)]);
  await groups.getByRole('row', { name: /status-422 2/ }).waitFor();
  opened.partner.reply = () => 200;
  const card = page.getByRole('region', { name: /^What to do/ });
  await card.getByLabel('Why (goes on record)').fill('mended');
  await button('redrive 1').click();
  const done = page.getByRole('table', { name: 'Redrives and drops' }).getByRole('row', { name: /completed 1 1 0/ });
  await done.waitFor();
  await groups.getByRole('row', { name: /status-422 1/ }).waitFor();
  await page.getByText(/ v3$/).first().waitFor();
});

test('a letter is shown whole, and dropped by typing the name', async () => {
  await page.getByRole('table', { name: 'Dead letters' }).locator('summary').first().click();
  await button('Show the record').click();
  await page.getByText('"ruleId": "wf-1"').waitFor();
  await button('Drop what the filter says').click();
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await button('drop 1').click();
  await page.getByText('No dead letter is parked.').waitFor();
  await page.getByLabel('State').selectOption('dropped');
  await page
    .getByRole('table', { name: 'Dead letters' })
    .getByRole('row', { name: /wf-1 v3/ })
    .waitFor();
});

test('which partner misses a rule, why, and made right: in nine clicks from the overview', async () => {
  opened.partner.reply = ({ body }) => (body['ruleId'] === 'wf-9' ? 422 : 200);
  await opened.line.source.publish([makeRule('wf-9', 1), makeRule('wf-2', 4)]);
  await page.goto(`${url}/#/`);
  await opened.shows(/refused by the partner: see its dead letters/);
  await page.evaluate(
    'window.clicks = 0; addEventListener("click", (event) => { clicks += event.isTrusted ? 1 : 0; }, true)',
  );
  await opened
    .card()
    .getByRole('link', { name: /^dead letter/ })
    .click();
  await page.getByRole('link', { name: 'wf-9', exact: true }).click();
  const refused = page.getByRole('table', { name: 'Attempts' }).getByRole('row', { name: /422/ }).first();
  await refused.getByText('ids', { exact: true }).click();
  await refused.getByRole('link', { name: 'The record, and its body made again' }).click();
  await page.getByLabel(/Why you look/).fill('they call');
  await button('Show the record').click();
  await page.getByText('This is what was sent.').waitFor();
  opened.partner.reply = () => 200; // they have mended it
  await page.getByRole('link', { name: 'Dead letters' }).click();
  const groups = page.getByRole('table', { name: 'By partner and reason' });
  await groups.getByRole('link', { name }).first().click();
  await button('Redrive what the filter says').click();
  const order = page.getByRole('region', { name: /^What to do/ });
  await order.getByLabel('Why (goes on record)').fill('mended');
  await button(/^redrive \d+$/).click();
  expect(await page.evaluate('window.clicks')).toBe(9);
  await page.goto(`${url}/#/lockstep?all=1&rule=wf-9`);
  await page.getByRole('row', { name: /wf-9.*in step/ }).waitFor();
});

test('the body is made again, told from another one, and other files are tried as they are written', async () => {
  await page.goto(`${url}/#/audit?partner=${name}&rule=wf-2&outcome=delivered`);
  await page.locator('summary', { hasText: /^ids$/ }).first().click();
  await page.getByRole('link', { name: 'The record, and its body made again' }).first().click();
  await page.getByLabel(/Why you look/).fill('3 a.m.');
  await button('Show the record').click();
  await page.getByText('This is what was sent.').waitFor();
  const mapping = page.getByLabel('mapping.json');
  await mapping.fill('{ "fields": { "ruleId": "ruleId", "version": "v", "minIcuBeds": "beds" } }');
  await page.getByLabel('What these files make').getByText('"beds"').waitFor();
  await mapping.fill('{ "fields": {\n "minIcuBed": "beds" } }');
  await page.getByText(/mapping\.json:2/).waitFor();
  await page
    .getByText(/minIcuBeds/)
    .first()
    .waitFor();
  // Nothing was saved.
  await page.reload();
  await button('Show the record').click();
  await page.getByText('This is what was sent.').waitFor();
  await page.goto(`${url}/#/audit?partner=${name}&outcome=viewed`);
  await page.getByText(/3 a\.m\./).waitFor();
});

test('what the audit says is saved as a file', async () => {
  await page.goto(`${url}/#/audit?partner=${name}&outcome=delivered`);
  await page.getByText('Export what is found').click();
  const saving = page.waitForEvent('download');
  await button('CSV').click();
  const text = Buffer.concat(await (await (await saving).createReadStream()).toArray()).toString();
  expect(text.split('\r\n')[0]).toMatch(/^\ufeffat,publishedAt,partner,ruleId/);
  expect(text.split('\r\n').filter((row) => row.includes('wf-2')).length).toBeGreaterThan(0);
});

test('a partner is paused with a reason, and resumed', async () => {
  await page.goto(`${url}/#/partner/${name}`);
  await page.getByText('Pause deliveries').click();
  await page.getByLabel('Why (goes on record)').fill('their maintenance');
  await button(/^Pause$/).click();
  await page
    .getByText(/paused since .* by/)
    .first()
    .waitFor();
  await page.getByText(/: their maintenance/).waitFor();
  await button(/^Resume$/).click();
  await page.getByText('Pause deliveries').waitFor();
  expect(opened.faults).toEqual([]);
});

test('what was held at a past minute is read when somebody asks, and nothing else asks for it', async () => {
  await page.goto(`${url}/#/lockstep?all=1&at=2020-01-01T00:00`);
  await page
    .getByText(/Nothing was like that|As of/)
    .first()
    .waitFor();
});

test('what one person may not order alone is approved by another, and runs as it was frozen', async () => {
  const folder = temporaryFolder(cleanup);
  const tokens = new Map(['ann', 'bob', 'vic'].map((who) => [who, newApiKey()]));
  const written = [...tokens].map(([who, { hash }]) => `${who}: ${hash}\n`).join('');
  writeFileSync(join(folder, 'tokens.yaml'), written);
  const grant = (who: string, role: string) => ({ to: { token: who }, roles: [role], partners: ['*'] });
  const grants = [grant('ann', 'operator'), grant('bob', 'operator'), grant('vic', 'viewer')];
  writeFileSync(join(folder, 'rights.yaml'), JSON.stringify({ grants }));
  await opened.program.signal('SIGTERM');
  await opened.program.exited;
  await opened.again({
    ESS_CONSOLE_TOKENS: join(folder, 'tokens.yaml'),
    ESS_CONSOLE_RIGHTS: join(folder, 'rights.yaml'),
    ESS_APPROVAL_RECORDS: '1',
  });
  const ask = async (who: string, path: string, body?: object) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${tokens.get(who)?.key}`, 'content-type': 'application/json', origin: url },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  type Overview = { partners: Array<{ partner: string; reach: Reach | null }> };
  const reach = await eventually('the replay window is known', async () => {
    const { partners } = (await ask('vic', '/overview')).body as unknown as Overview;
    return partners.find(({ partner }) => partner === name)?.reach ?? undefined;
  });
  expect(reach).toEqual({ since: expect.any(String), isCut: false, keptSeconds: expect.any(Number) });
  await eventually('the desk is open', async () => (await ask('ann', '/proposals')).status === 200 || undefined);
  const replays = `/partners/${name}/replays`;
  expect((await ask('vic', `${replays}/preview`, { earliest: true })).status).toBe(403);
  const { body: plan } = await ask('ann', `${replays}/preview`, { earliest: true });
  expect(plan).toMatchObject({ needs: expect.stringContaining('more than the 1') });
  // Somebody else's preview is not there for bob.
  expect((await ask('bob', replays, { id: plan['id'], confirm: name })).status).toBe(400);
  const order = { id: plan['id'], confirm: name };
  expect((await ask('ann', replays, { ...order, confirm: 'clinic' })).status).toBe(400);
  const given = await ask('ann', replays, { ...order, reason: 'both of us' });
  expect([given.body, (await ask('ann', replays, order)).body]).toEqual(
    Array(2).fill({ id: plan['id'], status: 'proposed' }),
  );
  type Proposals = { proposals: Array<Record<string, unknown>> };
  const proposal = async (who: string, id = plan['id']) =>
    ((await ask(who, '/proposals')).body as unknown as Proposals).proposals.find((one) => one['id'] === id);
  const seen = await proposal('ann');
  expect(seen).toMatchObject({ status: 'proposed', mayApprove: false, mayWithdraw: true, by: 'token ann' });
  const approve = (who: string, digest: unknown, id = plan['id']) =>
    ask(who, `/proposals/${id}/approve`, { digest, confirm: name });
  expect((await approve('ann', seen?.['digest'])).status).toBe(409);
  expect((await approve('vic', seen?.['digest'])).status).toBe(403);
  expect((await approve('bob', '0'.repeat(64))).status).toBe(400);
  const before = opened.partner.received.length;
  expect(await proposal('bob')).toMatchObject({ mayApprove: true });
  expect((await approve('bob', seen?.['digest'])).body).toMatchObject({ status: 'approved' });
  await received(before + 1);
  expect((await approve('bob', seen?.['digest'])).status).toBe(409);
  expect(await proposal('vic')).toMatchObject({ approvedBy: 'token bob' });

  // What would be sent otherwise than it was shown is proposed anew.
  const next = await eventually('the replay is through, and its position has returned', async () => {
    const { status, body } = await ask('ann', `${replays}/preview`, { earliest: true });
    return status === 200 && (body as unknown as { preview: { records: number } }).preview.records > 1
      ? body
      : undefined;
  });
  expect((await ask('ann', replays, { id: next['id'], confirm: name })).body).toMatchObject({ status: 'proposed' });
  opened.line.connect(opened.partner.url, { mapping: { fields: { ruleId: 'ruleId', version: 'v' } } });
  const changed = await eventually('the console has the new connector', async () => {
    const one = await proposal('bob', next['id']);
    return one?.['changed'] == null ? undefined : one;
  });
  expect(changed).toMatchObject({
    id: next['id'],
    mayApprove: false,
    changed: expect.stringMatching(/had the connector/),
  });
  expect((await approve('bob', changed['digest'], next['id'])).status).toBe(409);
  const looked = await opened.line.run('approve', String(next['id']), '--dry-run', '--json');
  expect([looked.code, JSON.parse(looked.stdout), looked.stderr]).toEqual([
    1,
    expect.objectContaining({ changed: changed['changed'] }),
    expect.stringContaining('propose it anew'),
  ]);
});
