// A real headless Chromium with an empty profile, and a page of an origin of its own in it that streams as a partner's page
// would. What the page saw is asked of the page; what Chromium sent is asked of Chromium.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { CDPSession, Page } from 'playwright-core';
import { eventually, PATIENCE_MS } from '../../harness/deadline.ts';
import { openChromium } from '../../harness/programs/chromium.ts';

const PAGE = `<!doctype html><meta charset="utf-8"><title>A partner</title><script>
  const seen = [], opens = [], errors = [];
  let source;
  function listen(url) {
    source = new EventSource(url);
    for (const type of ['message', 'ess.gap', 'ess.busy'])
      source.addEventListener(type, ({ data, lastEventId, origin }) => seen.push({ type, data, id: lastEventId, origin }));
    source.onopen = () => opens.push(url);
    source.onerror = ({ target }) => errors.push(target.readyState);
  }
  async function read(url, headers) {
    const answer = await fetch(url, { headers });
    const { value } = await answer.body.getReader().read();
    return { status: answer.status, text: new TextDecoder().decode(value) };
  }
</script>`;

export interface PageEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
  readonly origin: string;
}

export const CONNECTING = 0;
export const CLOSED = 2;

export class Browser implements AsyncDisposable {
  /** Of each request for a stream, in order. */
  readonly lastEventIds: Array<string | undefined> = [];
  /** Requests that asked first whether another one may be made; told a moment after. */
  preflights = 0;
  readonly #page: Page;
  readonly #cleanup: Cleanup;

  private constructor(page: Page, cleanup: Cleanup) {
    this.#page = page;
    this.#cleanup = cleanup;
  }

  /** @throws when there is no Chromium: a test that needs it fails, and says what to install */
  static async start(): Promise<Browser> {
    const cleanup = new Cleanup();
    try {
      const context = await openChromium(cleanup);
      const [page = await context.newPage()] = context.pages();
      const browser = new Browser(page, cleanup);
      await browser.#watch(await context.newCDPSession(page));
      await page.goto(await servePage(cleanup));
      return browser;
    } catch (error) {
      await cleanup[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Begins anew: nothing seen, nothing sent. */
  async reload(): Promise<void> {
    await this.#page.reload();
    this.lastEventIds.length = 0;
    this.preflights = 0;
  }

  async listen(url: string): Promise<void> {
    await this.#page.evaluate(`listen(${JSON.stringify(url)})`);
  }

  seen(): Promise<PageEvent[]> {
    return this.#page.evaluate('seen');
  }

  /** `readyState` at each error: CONNECTING when the browser tries again, CLOSED when it never will. */
  errors(): Promise<number[]> {
    return this.#page.evaluate('errors');
  }

  opens(): Promise<number> {
    return this.#page.evaluate('opens.length');
  }

  /** By fetch, which may send headers. */
  read(url: string, headers: Record<string, string>): Promise<{ readonly status: number; readonly text: string }> {
    return this.#page.evaluate(`read(${JSON.stringify(url)}, ${JSON.stringify(headers)})`);
  }

  async until(what: string, holds: () => Promise<boolean>, timeoutMs = PATIENCE_MS): Promise<void> {
    await eventually(what, async () => ((await holds()) ? true : undefined), { timeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }

  async #watch(session: CDPSession): Promise<void> {
    session.on('Network.requestWillBeSent', ({ request }) => {
      if (request.method === 'OPTIONS') this.preflights += 1;
    });
    // The page's view of a request lacks what Chromium itself puts in.
    session.on('Network.requestWillBeSentExtraInfo', ({ headers }) => {
      if (headers['Accept'] === 'text/event-stream') this.lastEventIds.push(headers['Last-Event-ID']);
    });
    await session.send('Network.enable');
  }
}

async function servePage(cleanup: Cleanup): Promise<string> {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
