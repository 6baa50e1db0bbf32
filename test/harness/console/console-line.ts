// A partner's pipeline with a console beside it, and a real Chromium that looks at it.
import { join } from 'node:path';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Locator, Page } from 'playwright-core';
import { FakePartner } from '../../fakes/partner.ts';
import { eventually } from '../deadline.ts';
import { openChromium } from '../programs/chromium.ts';
import { Pipeline } from '../programs/pipeline.ts';
import type { EssProcess } from '../programs/worker-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { openTestStack } from '../test-stack.ts';

const DELIVER = { retry: { firstMs: 10, maxMs: 100 }, breaker: { minAttempts: 2 } };

export class ConsoleLine {
  readonly partner: FakePartner;
  readonly line: Pipeline;
  readonly page: Page;
  readonly url: string;
  /** Of the console: where its view, and the index of the audit, are kept. */
  readonly file: string;
  program: EssProcess;
  /** What the browser complained of. */
  readonly faults: string[] = [];

  private constructor(
    parts: Pick<ConsoleLine, 'partner' | 'line' | 'page' | 'url' | 'file'> & { readonly program: EssProcess },
  ) {
    const { partner, line, page, url, file, program } = parts;
    this.partner = partner;
    this.line = line;
    this.page = page;
    this.url = url;
    this.file = file;
    this.program = program;
    const isEarly = (address: string) => address.includes('/attempts?'); // the index is begun beside the page
    page.on('console', (message) => {
      if (message.type() === 'error' && !isEarly(message.location().url)) this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(String(error)));
  }

  /** Resolves when the page is there. */
  static async open(cleanup: Cleanup): Promise<ConsoleLine> {
    const stack = await openTestStack();
    cleanup.defer(() => stack[Symbol.asyncDispose]());
    const partner = await FakePartner.start();
    cleanup.defer(() => partner[Symbol.asyncDispose]());
    const line = await Pipeline.open(stack, partner, { deliver: DELIVER });
    cleanup.defer(() => line[Symbol.asyncDispose]());
    await line.start();
    const file = join(temporaryFolder(cleanup), 'view');
    const program = line.ess(['console'], environment(file, '0'));
    const url = String((await program.logged('console.started'))['url']);
    // Before the browser looks: to be told to ask again would count as a fault.
    await eventually('its desk is open', async () => (await fetch(`${url}/api/v1/proposals`)).ok || undefined);
    const page = await (await openChromium(cleanup)).newPage();
    const opened = new ConsoleLine({ partner, line, page, url, file, program });
    await page.goto(url);
    return opened;
  }

  /** Another one in its place, at the same address. */
  async again(more: Record<string, string> = {}): Promise<void> {
    this.program = this.line.ess(['console'], { ...environment(this.file, new URL(this.url).port), ...more });
    await this.program.logged('console.started');
  }

  card(): Locator {
    return this.page.locator('.card', { has: this.page.getByRole('heading', { name: this.line.partner }) });
  }

  async shows(text: RegExp): Promise<void> {
    await this.card().filter({ hasText: text }).waitFor();
  }
}

const environment = (file: string, port: string): Record<string, string> => ({
  ESS_CONSOLE_PORT: port,
  ESS_CONSOLE_ADMIN_PORT: '0',
  ESS_VIEW_FILE: file,
});
