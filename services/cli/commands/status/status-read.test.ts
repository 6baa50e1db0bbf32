import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import { deliveringPartners } from './status-read.ts';

const root = temporaryFolder({ defer: afterEach });
const OURS = fileURLToPath(new URL('../../../../connectors', import.meta.url));
const NOBODY = 'http://127.0.0.1:1';

test('a partner whose form needs the schema of its topic is shown; one that is not valid is told of, and refused by name', async () => {
  const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  for (const partner of ['clinic-fhir', 'hospital'])
    cpSync(join(OURS, partner), join(root, partner), { recursive: true });
  const both = [
    { partner: 'clinic-fhir', topic: 'rules' },
    { partner: 'hospital', topic: 'rules' },
  ];
  await expect(deliveringPartners(root, [], NOBODY)).resolves.toEqual(both);
  await expect(deliveringPartners(root, ['clinic-fhir'], NOBODY)).resolves.toEqual(both.slice(0, 1));
  expect(told).not.toHaveBeenCalled();
  writeFileSync(join(root, 'clinic-fhir', 'connector.yaml'), 'partner: clinic-fhir\nno: field\n');
  await expect(deliveringPartners(root, [], NOBODY)).resolves.toEqual(both.slice(1));
  expect(told.mock.calls.join('')).toMatch(/^clinic-fhir is left out: /);
  await expect(deliveringPartners(root, ['clinic-fhir'], NOBODY)).rejects.toThrow(/127.0.0.1:1/);
});
