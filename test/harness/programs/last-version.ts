// The program as it was at the version before this one, to run beside today's on one cluster.
import type { TestStack } from '../test-stack.ts';
import { treeAt } from './tree-at.ts';
import { EssProcess } from './worker-process.ts';

/** What is in service while this version is rolled out. A release moves it. */
const LAST_VERSION = '1893f4deffb5d8d0c6dd01a7496775d77d2be039';

/** Its `ess` script. @throws when the commit is not in this clone */
export const lastVersion = (): string => treeAt(LAST_VERSION);

/** A registry in service has the schemas of the last version, under which it writes. */
export const applyLastSchemas = (stack: TestStack): Promise<void> => applySchemas(lastVersion(), stack);

/** Those of another version. @param script its `ess` */
export async function applySchemas(script: string, { brokers, registry }: TestStack): Promise<void> {
  const env = { KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registry };
  await using apply = new EssProcess(['schemas', 'apply'], env, script);
  if ((await apply.exited) !== 0) throw new Error(apply.output);
}
