// A real Chromium at a console that loses what it needs while rules are published: the page says so, and recovers by itself.
import { rmSync } from 'node:fs';
import type { PartnerHistory } from '@ess/console/facts/history.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { auditIndexOf } from '@ess/view/audit/audit-index-name.ts';
import { SQLITE_ENDINGS } from '@ess/view/store/file-lock.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { ConsoleLine } from '../harness/console/console-line.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';

const cleanup = new Cleanup();
let opened: ConsoleLine;
let published = 0;

beforeAll(async () => {
  opened = await ConsoleLine.open(cleanup);
  await opened.page.evaluate('window.notReloaded = true');
});
afterAll(() => cleanup[Symbol.asyncDispose]());

/** And has it come in step. */
async function publish(): Promise<void> {
  published += 1;
  await opened.line.source.publish([makeRule(`wf-${published}`, 1)]);
  await opened.shows(new RegExp(`in step since.*rules in step\\s*${published}\\D`, 's'));
}

const asOf = () => opened.page.locator('.as-of');
const says = (text: string | RegExp) => asOf().filter({ hasText: text }).waitFor();

test('the console is killed while rules are published, and another one takes its place: the page says so and goes on', async () => {
  await publish();
  const killedMs = Date.now();
  await opened.program.signal('SIGKILL');
  await says('the console does not answer');
  await Promise.all([opened.line.source.publish([makeRule('wf-while-away', 1)]), opened.again()]);
  published += 1;
  await opened.page.locator('.as-of:not(.old)').waitFor();
  await publish();
  // What was delivered before it began is known from the index.
  await eventually('the index is recalled', async () => {
    const answer = await fetch(`${opened.url}/api/v1/partners/${opened.line.partner}/history`);
    const { since } = (await answer.json()) as PartnerHistory;
    return Date.parse(since) < killedMs ? since : undefined;
  });
});

test('the file of the audit index is deleted: it is made anew, and what happened is found again', async () => {
  const { page, url, file } = opened;
  await page.goto(`${url}/#/audit?partner=${opened.line.partner}`);
  await page
    .getByRole('row', { name: /wf-1 v1/ })
    .first()
    .waitFor();
  for (const end of SQLITE_ENDINGS) rmSync(auditIndexOf(file) + end, { force: true });
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('The index of the audit cannot be read now').waitFor();
  await page.getByText('The index of the audit cannot be read now').waitFor({ state: 'detached' });
  // The page says how far back the index reaches by now, and looks when it is asked to.
  await eventually('it is found again', async () => {
    await page.getByRole('button', { name: 'Look again' }).click();
    return (await page.getByRole('row', { name: /wf-1 v1/ }).count()) > 0 || undefined;
  });
  await page.goto(`${url}/#/`);
});

test('Kafka is away: what is shown is old and said to be, and it goes on when Kafka is back', async () => {
  const [broker = ''] = opened.line.stack.brokers;
  const proxy = await KafkaProxy.start(broker);
  cleanup.defer(() => proxy[Symbol.asyncDispose]());
  await opened.program.signal('SIGTERM');
  await opened.program.exited;
  await opened.again({ KAFKA_BROKERS: proxy.address });
  await opened.page.locator('.as-of:not(.old)').waitFor();
  await publish();
  proxy.cut();
  await says(/Kafka was last read/);
  proxy.heal();
  await opened.page.locator('.as-of:not(.old)').waitFor();
  await publish();
  expect(await opened.page.evaluate('window.notReloaded')).toBe(true);
});
