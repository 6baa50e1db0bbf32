// A secured Kafka of a test's own, asked as its administrator.
import type { SecuredStack, Stack } from '@ess/infra/local/stack.ts';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import type { StackKind } from '../own-stack.ts';
import { ownTestStack } from '../own-stack.ts';
import type { TestStack } from '../test-stack.ts';

export interface SecuredTestStack extends TestStack {
  readonly processes: Stack;
  readonly secured: SecuredStack;
}

/** Everything ends with `cleanup`. Each program that a test starts there says itself who it is. */
export async function securedTestStack(
  cleanup: Cleanup,
  kind: Pick<StackKind, 'brokerSettings' | 'prepare'> = {},
): Promise<SecuredTestStack> {
  const { login: _, ...stack } = await ownTestStack(1, true, { ...kind, secured: true, sharesRegistry: true });
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  return { ...stack, secured: stack.processes.secured as SecuredStack };
}
