// CONSOLE: what a page of the console costs: its bytes, the browser's time after it is there, rows in the page, questions to Kafka, the
// feed's bytes, and the console's memory; next to a page with nothing on it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Page } from 'playwright-core';
import { KafkaProxy } from '../../../fakes/kafka/kafka-proxy.ts';
import { openChromium } from '../../../harness/programs/chromium.ts';
import { EssProcess } from '../../../harness/programs/worker-process.ts';
import { REPOSITORY } from '../../../harness/repository.ts';
import type { Figures, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { memoryOf } from '../../process-cost.ts';
import { ackAll } from './view-load.ts';

/** As in S3. */
const PER_SECOND = 200;
const BUILT_WITHIN_MS = 600_000;
const BUILT = join(REPOSITORY, 'services/console/built');
const SCREENS = 40;
/** Tasks of more than 50 ms, as the browser tells them (W3C Long Tasks). */
const LONG_TASKS = `window.long = []; new PerformanceObserver((seen) => {
  for (const { duration } of seen.getEntries()) window.long.push(duration);
}).observe({ type: 'longtask' });`;

export const CONSOLE: Scenario = {
  id: 'CONSOLE',
  title: 'a page of the console at full size',
  alone: true,
  async run(lab) {
    const rules = lab.sized(100_000, 2_000);
    const partners = Array.from({ length: lab.sized(20, 3) });
    const seconds = lab.sized(60, 5);
    const topic = await lab.topic(rules, rules);
    const known = partners.map(() => lab.partner(topic, { concurrency: 64 }));
    await ackAll(lab, topic, known, rules);
    const [delivered] = known;
    if (!delivered) throw new Error('there is no partner');
    await using worker = await lab.worker(delivered);
    await worker.ready();
    await lab.sink.received([delivered.path], rules, () => undefined);
    const [broker = ''] = lab.stack.brokers;
    await using proxy = await KafkaProxy.start(broker);
    await using program = new EssProcess(['console'], {
      KAFKA_BROKERS: proxy.address,
      SCHEMA_REGISTRY_URL: lab.stack.registry,
      ESS_CONNECTORS: lab.connectors,
      ESS_VIEW_FILE: 'none',
      ESS_CONSOLE_PORT: '0',
      ESS_CONSOLE_ADMIN_PORT: '0',
    });
    const url = String((await program.logged('console.started', () => true, BUILT_WITHIN_MS))['url']);
    await using cleanup = new Cleanup();
    const browser = await openChromium(cleanup);
    const page = await browser.newPage();
    let published = rules;
    const loaded = async (look: () => Promise<Figures>) => {
      const from = published;
      published += PER_SECOND * seconds;
      const before = proxy.requests;
      const [figures] = await Promise.all([look(), lab.pace(topic, from, PER_SECOND * seconds, PER_SECOND, rules)]);
      const kafkaPerMinute = ((proxy.requests - before) / seconds) * 60;
      return {
        figures: { ...figures, kafkaPerMinute, ...memoryOf(program.pid) },
        lost: 0,
        outOfOrder: 0,
        duplicates: 0,
      };
    };
    const runs = await alternate(lab, 'CONSOLE', {
      empty: () => loaded(() => watched(page, 'about:blank', seconds)),
      page: () => loaded(async () => ({ ...(await watched(page, `${url}/#/`, seconds)), pageKb: pageKb() })),
      list: () => loaded(() => scrolled(page, url, seconds)),
      feed: () => loaded(() => heard(url, seconds)),
    });
    await worker.stop();
    return {
      setting: `${rules} rules × ${known.length} partners; ${PER_SECOND} rules a second for ${seconds} s, which one partner's worker delivers and the others wait for; long tasks from when the page is there; Kafka is asked through a proxy that counts`,
      runs,
      claims: [
        { figure: 'pageKb', side: 'page', atMost: 250 },
        { figure: 'rows', side: 'list', atMost: 80 },
        { figure: 'longMs', side: 'empty' },
        { figure: 'longMs', side: 'page' },
        { figure: 'longMs', side: 'list' },
        { figure: 'kafkaPerMinute', side: 'page', against: 'empty' },
        { figure: 'kafkaPerMinute', side: 'list', against: 'empty' },
        { figure: 'feedKbPerMinute', side: 'feed' },
        { figure: 'rssMb', side: 'page' },
      ],
    };
  },
};

/** All that the browser loads, as gzip would send it. */
const pageKb = (): number =>
  readdirSync(BUILT, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && !one.name.startsWith('.'))
    .reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0) / 1_000;

async function watched(page: Page, at: string, seconds: number): Promise<Figures> {
  await page.goto(at);
  if (at.startsWith('http')) await page.locator('.card').first().waitFor();
  await page.evaluate(LONG_TASKS);
  await delay(seconds * 1_000);
  const long = (await page.evaluate('window.long')) as number[];
  return { longTasks: long.length, longMs: long.reduce((sum, one) => sum + one, 0) };
}

async function scrolled(page: Page, url: string, seconds: number): Promise<Figures> {
  await page.goto(`${url}/#/lockstep?all=1`);
  const rows = page.locator('tr[data-index]');
  await rows.first().waitFor({ timeout: BUILT_WITHIN_MS });
  await page.evaluate(LONG_TASKS);
  let most = 0;
  for (let screen = 0; screen < SCREENS; screen += 1) {
    await page.mouse.move(600, 500);
    await page.mouse.wheel(0, 900);
    await delay((seconds * 1_000) / SCREENS);
    most = Math.max(most, await rows.count());
  }
  const long = (await page.evaluate('window.long')) as number[];
  return { rows: most, longTasks: long.length, longMs: long.reduce((sum, one) => sum + one, 0) };
}

async function heard(url: string, seconds: number): Promise<Figures> {
  const over = AbortSignal.timeout(seconds * 1_000);
  let bytes = 0;
  try {
    const { body } = await fetch(`${url}/api/v1/feed`, { signal: over });
    for await (const chunk of body ?? []) bytes += chunk.length;
  } catch (error) {
    if (!over.aborted) throw error;
  }
  return { feedKbPerMinute: (bytes / 1_000 / seconds) * 60 };
}
