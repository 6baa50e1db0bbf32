import { compileConnector } from '@ess/domain/connector/compile.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { afterAll, expect, test } from '@jest/globals';
import type { Rehearsed } from '../facts/making.ts';
import { shownMade } from './made.ts';
import { Rehearsals } from './rehearsals.ts';

const MAPPING = '{ "fields": { "minIcuBeds": "beds" } }';
const YAML = `partner: hospital
source: { topic: rules, where: { scope: Hospital } }
mapping: mapping.json
deliver: { url: "https://x.example/y" }
`;
const folder = (mapping: string) => ({
  ...{ path: 'connectors/hospital', partner: 'hospital' },
  files: new Map(Object.entries({ 'connector.yaml': YAML, 'mapping.json': mapping })),
});
const { connector } = compileConnector(folder(MAPPING), { env: () => undefined, sourceSchema: findSubject });
const record = { ruleId: 'wf-1', version: 9_007_199_254_740_993n, scope: 'Hospital', minIcuBeds: 12 };

const rehearsals = new Rehearsals();
afterAll(() => rehearsals[Symbol.asyncDispose]());

async function tried(mapping: string): Promise<Rehearsed> {
  const recipe = { ...connector!.recipe, folder: folder(mapping) };
  return JSON.parse(await rehearsals.try({ recipe, record })) as Rehearsed;
}

test('files that somebody writes are tried on a record, and what is wrong in them is said with its line', async () => {
  expect((await tried(MAPPING)).made).toMatchObject({
    kind: 'document',
    document: expect.stringContaining('"beds": 12'),
  });
  expect((await tried('{ "fields": { "version": "v" } }')).made).toMatchObject({
    document: expect.stringContaining('9007199254740993'),
  });
  expect(await tried('{ "fields": {\n "minIcuBed": "beds" } }')).toMatchObject({
    made: null,
    problems: [{ line: 2, remedy: expect.stringContaining('minIcuBeds') }],
  });
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as they stand in connector.yaml
test('what files name of the environment is not told: whoever writes them sees what is made', async () => {
  const env = (name: string) => (name === 'HOSPITAL_TOKEN' ? 'planted-token' : undefined);
  const { recipe } = compileConnector(folder(MAPPING), { env, sourceSchema: findSubject }).connector!;
  const asks = YAML.replace('/y" }', '/${HOSPITAL_TOKEN}", headers: { x-a: "${HOSPITAL_TOKEN}" } }');
  const files = new Map([...folder(MAPPING).files, ['connector.yaml', asks]]);
  const known = new Map([['HOSPITAL_TOKEN', 'planted-token']]);
  const text = await rehearsals.try({ recipe: { ...recipe, env: known, folder: { ...recipe.folder, files } }, record });
  expect(JSON.parse(text)).toMatchObject({ problems: [], made: { request: { headers: { 'x-a': '' } } } });
  expect(text).not.toContain('planted');
  const { connector: real } = compileConnector({ ...folder(MAPPING), files }, { env, sourceSchema: findSubject });
  expect(shownMade(real!, record)).toMatchObject({
    request: { url: 'https://x.example/${HOSPITAL_TOKEN}', headers: { 'x-a': '${HOSPITAL_TOKEN}' } },
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as they stand in connector.yaml

test('who asks while many wait is told to ask again', async () => {
  const many = await Promise.allSettled(Array.from({ length: 20 }, () => tried(MAPPING)));
  expect(many.filter(({ status }) => status === 'rejected')).toHaveLength(4);
  expect((await tried(MAPPING)).problems).toEqual([]);
});
