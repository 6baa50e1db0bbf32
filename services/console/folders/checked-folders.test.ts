import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSubject } from '@ess/schemas/catalog.ts';
import { writeConnector } from '@ess/test/harness/data/connector-files.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { connectorFacts } from '../facts/connectors.ts';
import { CheckedFolders } from './checked-folders.ts';

const WORKER = { worker: 'w1', host: 'h', partitions: [0], idle: null };

const root = temporaryFolder({ defer: afterAll });

test('a folder is checked anew when its files change, and each worker is held against what it says now', async () => {
  writeConnector(root, 'clinic', 'rules', 'http://127.0.0.1:1/x');
  writeConnector(root, 'hospital', 'rules', 'http://127.0.0.1:1/x', { mapping: { fields: { minIcuBeds: 'beds' } } });
  const asked: Array<readonly string[]> = [];
  const schemas = async (partners: readonly string[]) => {
    asked.push(partners);
    return { sourceSchema: findSubject };
  };
  const folders = new CheckedFolders({ root, schemas });
  const [before, twice] = await Promise.all([folders.all(), folders.all()]);
  expect([before.map(({ partner, ok }) => [partner, ok]), twice === before, asked.length]).toEqual([
    [
      ['clinic', true],
      ['hospital', true],
    ],
    true,
    1,
  ]);
  const digest = before[1]?.connector?.connectorDigest.slice(0, 12) ?? '';
  const workers = [digest, 'another', null].map((connector) => ({ ...WORKER, connector }));
  const facts = connectorFacts(before[1]!, workers, []);
  expect([facts.topic, facts.delivers, facts.workers.map(({ isCurrent }) => isCurrent)]).toEqual([
    'rules',
    true,
    [true, false, null],
  ]);

  writeFileSync(join(root, 'hospital/mapping.json'), '{ "fields": {\n "minIcuBed": "beds" } }');
  const [, broken] = await folders.all();
  expect(connectorFacts(broken!, workers, [])).toMatchObject({
    digest: null,
    problems: [{ line: 2, field: 'fields.minIcuBed', remedy: expect.stringContaining('minIcuBeds') }],
    workers: [{ isCurrent: null }, { isCurrent: null }, { isCurrent: null }],
  });
  rmSync(join(root, 'clinic'), { recursive: true });
  expect((await folders.all()).map(({ partner }) => partner)).toEqual(['hospital']);
});
