// The Kafka of the files beside this one: what they write into its topics is told by every program and command that reads them.
import { ownTestKafka } from '../../harness/own-stack.ts';
import type { TestStack } from '../../harness/test-stack.ts';

export let stack: TestStack;

export async function openStack(): Promise<void> {
  stack = await ownTestKafka();
}

export async function closeStack(): Promise<void> {
  await stack?.[Symbol.asyncDispose]();
}
