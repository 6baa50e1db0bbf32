// A real headless Chromium with an empty profile.
import { CHROMIUM_NEEDED, findChromium } from '@ess/infra/chromium.mjs';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import type { BrowserContext } from 'playwright-core';
import { chromium } from 'playwright-core';
import { PATIENCE_MS } from '../deadline.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Of the sandbox a container has no need; the rest keeps Chromium from talking to anybody else. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws when there is no Chromium: a test that needs it fails, and says what to install */
export async function openChromium(cleanup: Cleanup): Promise<BrowserContext> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(CHROMIUM_NEEDED);
  const profile = temporaryFolder(cleanup);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: FLAGS,
    timeout: PATIENCE_MS,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  context.setDefaultNavigationTimeout(PATIENCE_MS);
  cleanup.defer(() => context.close());
  return context;
}
