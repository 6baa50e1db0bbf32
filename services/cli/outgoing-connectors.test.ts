import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { outgoingConnectors } from './outgoing-connectors.ts';

const root = temporaryFolder({ defer: afterAll });
const NOBODY = 'http://127.0.0.1:1';

test('who is left out, for a connector that is invalid, is told; asked for by name it is refused', async () => {
  const ours = fileURLToPath(new URL('../../connectors', import.meta.url));
  for (const partner of ['hospital', 'broken'])
    cpSync(join(ours, 'hospital'), join(root, partner), { recursive: true });
  writeFileSync(join(root, 'broken', 'connector.yaml'), 'partner: broken\nno: field\n');
  const { connectors, leftOut } = await outgoingConnectors(root, [], NOBODY);
  expect(connectors.map(({ partner }) => partner)).toEqual(['hospital']);
  expect(leftOut).toEqual(['broken']);
  await expect(outgoingConnectors(root, ['broken'], NOBODY)).rejects.toThrow(/127.0.0.1:1/);
});
