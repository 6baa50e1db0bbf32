// Jest's globalSetup of the integrity tests: one stack for the run, which globalTeardown (shared-stack-down.ts) takes away.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { startTestProcesses } from './own-stack.ts';
import { SHARED_STACK_VARIABLE } from './test-stack.ts';

const running = globalThis as { essTestStack?: Cleanup };

// biome-ignore lint/style/noDefaultExport: Jest calls the default export
export default async function startSharedStack(): Promise<void> {
  const cleanup = new Cleanup();
  running.essTestStack = cleanup;
  const { brokers, registry } = await startTestProcesses(cleanup).catch(async (error) => {
    await cleanup[Symbol.asyncDispose](); // Jest takes nothing down that did not come up
    throw error;
  });
  process.env[SHARED_STACK_VARIABLE] = JSON.stringify({ brokers, registry });
}
