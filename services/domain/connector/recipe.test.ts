import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { compileConnector } from './compile.ts';
import { optionsOf } from './recipe.ts';

const YAML = `
partner: h
source: { topic: rules, where: { scope: Hospital } }
mapping: mapping.json
deliver: { url: 'https://h.example/\${H_PATH:-rules}', sign: { secrets: ['\${H_SIGN}'] }, auth: { body: { token: '\${H_TOKEN}' } } }
`;
const files = new Map([
  ['connector.yaml', YAML],
  ['mapping.json', '{ "fields": { "ruleId": "id", "minIcuBeds": "bedCap" } }'],
  [
    'contract.schema.json',
    '{ "type": "object", "properties": { "token": { "const": "a-long-secret" } }, "required": ["token"] }',
  ],
]);

test('a thread makes the same connector from the recipe, whatever the environment has become', () => {
  const env: Record<string, string> = {
    H_SIGN: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    H_TOKEN: 'a-long-secret',
  };
  const { connector, problems } = compileConnector(
    { path: 'connectors/h', partner: 'h', files },
    { env: (name) => env[name], sourceSchema: findSubject, partners: ['h', 'other'] },
  );
  expect(problems).toEqual([]);
  const given = structuredClone(connector?.recipe);
  env['H_TOKEN'] = 'another-secret';
  files.clear();
  const { connector: again, problems: none } = given
    ? compileConnector(given.folder, optionsOf(given))
    : { connector: undefined, problems: [] };
  expect(none).toEqual([]);
  const rule = { ruleId: 'r', scope: 'Hospital', minIcuBeds: 3 };
  for (const one of [connector, again]) {
    expect(one?.map(rule)).toEqual({ ok: true, document: { id: 'r', bedCap: 3 } });
    expect([one?.inScope(rule), one?.inScope({ scope: 'Species' })]).toEqual([true, false]);
  }
  expect([again?.digest, again?.deliver?.url]).toEqual([connector?.digest, connector?.deliver?.url]);
});
