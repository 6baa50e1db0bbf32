// Jest's globalTeardown: takes away what shared-stack.ts started.
import type { Cleanup } from '@ess/runtime/cleanup.ts';

// biome-ignore lint/style/noDefaultExport: Jest calls the default export
export default async function stopSharedStack(): Promise<void> {
  await (globalThis as { essTestStack?: Cleanup }).essTestStack?.[Symbol.asyncDispose]();
}
