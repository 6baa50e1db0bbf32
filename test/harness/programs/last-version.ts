// The program as it was at the version before this one, to run beside today's on one cluster.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCHEMAS } from '@ess/schemas/catalog.ts';
import type { TestStack } from '../test-stack.ts';
import { treeAt } from './tree-at.ts';

/** What is in service while this version is rolled out. A release moves it. */
const LAST_VERSION = '1893f4deffb5d8d0c6dd01a7496775d77d2be039';

/** Its `ess` script. @throws when the commit is not in this clone */
export const lastVersion = (): string => treeAt(LAST_VERSION);

/** A registry in service has the schemas of the last version, under which it writes. */
export const applyLastSchemas = (stack: TestStack): Promise<void> => applySchemas(lastVersion(), stack);

/**
 * Those of another version, which were there before: here they come after today's, and would be refused where those can write
 * what they cannot read.
 * @param script its `ess`
 */
export async function applySchemas(script: string, { registry }: TestStack): Promise<void> {
  const ask = async (method: string, path: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const answer = await fetch(`${registry}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  for (const { topic, file } of SCHEMAS) {
    const path = join(dirname(script), '../../../schemas', file);
    if (!existsSync(path)) continue;
    const subject = `${topic}-value`;
    await ask('PUT', `/config/${subject}`, { compatibility: 'NONE' });
    await ask('POST', `/subjects/${subject}/versions`, {
      schema: JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))),
    });
    await ask('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
  }
}
