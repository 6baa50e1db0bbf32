import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { ConnectorSet } from './connector-set.ts';

const root = temporaryFolder({ defer: afterAll });
const mappingOf = (partner: string): string => join(root, partner, 'mapping.json');

test('who is left out is counted until the connector is good or gone; one that has a good one from before is not', async () => {
  for (const partner of ['ward', 'broken', 'gone']) {
    cpSync('connectors/hospital', join(root, partner), { recursive: true });
    rmSync(join(root, partner, 'samples'), { recursive: true });
    const yaml = join(root, partner, 'connector.yaml');
    const text = readFileSync(yaml, 'utf8').replace('partner: hospital', `partner: ${partner}`);
    writeFileSync(yaml, text.replaceAll('HOSPITAL', partner.toUpperCase()));
  }
  const mapping = readFileSync(mappingOf('ward'), 'utf8');
  for (const partner of ['broken', 'gone']) writeFileSync(mappingOf(partner), '{');
  let wake = (): void => undefined;
  const told: string[] = [];
  const tell = ({ partner }: { partner?: string }, what?: string): void => {
    told.push(`${what} ${partner}`);
    wake();
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (wake = resolve));
  };
  const set = await ConnectorSet.open({
    root,
    concerns: () => true,
    schemas: async () => ({ withoutEnv: true }),
    redactor: { add: () => undefined },
    log: { info: tell, warn: tell, error: tell } as never,
    lookEveryMs: 20,
  });
  expect(set.leftOut).toBe(2);
  const unfollow = set.follow({ put: () => undefined, remove: () => undefined });
  rmSync(join(root, 'gone'), { recursive: true });
  await until(() => told.includes('connector.removed gone'));
  expect(set.leftOut).toBe(1);
  writeFileSync(mappingOf('broken'), mapping);
  await until(() => told.includes('connector.added broken'));
  expect(set.leftOut).toBe(0);
  writeFileSync(mappingOf('ward'), '{');
  await until(() => told.includes('connector.refused ward'));
  expect(set.leftOut).toBe(0);
  unfollow();
});
