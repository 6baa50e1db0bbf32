// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector

import { findSubject } from '@ess/schemas/catalog.ts';
import connectorSchema from '@ess/schemas/connector.schema.json' with { type: 'json' };
import mappingSchema from '@ess/schemas/mapping.schema.json' with { type: 'json' };
import { describe, expect, test } from '@jest/globals';
import { formatProblem } from '../text/problem.ts';
import type { CompileOptions } from './compile.ts';
import { compileConnector } from './compile.ts';
import type { Connector } from './connector.ts';

const KEY = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const ENV: Record<string, string> = {
  COUNTY_SECRET: 'planted-secret',
  COUNTY_KEY: KEY,
  COUNTY_EMS_TOKEN: 'other-secret',
  COUNTY_HOOK: 'capability-token',
};
const MAPPING =
  '{ "fields": { "minIcuBeds": "bedCap", "scope": "unit" }, "values": { "scope": { "Hospital": "U1" } } }';

function compile(
  yaml: string,
  files: Record<string, string> = {},
  options: Partial<CompileOptions> = {},
): { connector: Connector; problems: string[] } {
  const texts = new Map(
    Object.entries({
      'connector.yaml': `partner: county\nsource: { topic: rules }\nmapping: mapping.json\n${yaml}`,
      'mapping.json': MAPPING,
      ...files,
    }),
  );
  const { connector, problems } = compileConnector(
    { path: 'connectors/county', partner: 'county', files: texts },
    { env: (name) => ENV[name], sourceSchema: findSubject, ...options },
  );
  return { connector: connector as Connector, problems: problems.map(formatProblem) };
}

test('credentials are resolved, lower-cased and known for redaction', () => {
  const { connector, problems } = compile(`deliver:
  url: "https://partner.example/hooks/\${COUNTY_HOOK}"
  auth: { header: { X-Api-Key: "ApiKey \${COUNTY_SECRET}" }, body: { auth.token: "\${COUNTY_SECRET}" }, bearer: "\${COUNTY_SECRET}" }
  sign: { secrets: ["\${COUNTY_KEY}"] }
  status: { 404: record }
  ackWhen: { header: { X-Newer: yes }, body: { 'error[0].code': null } }
`);
  expect(problems).toEqual([]);
  expect(connector.deliver?.auth).toEqual({
    body: { 'auth.token': 'planted-secret' },
    headers: { 'x-api-key': 'ApiKey planted-secret', authorization: 'Bearer planted-secret' },
  });
  expect(connector.deliver?.signSecrets).toEqual([KEY]);
  expect(connector.deliver?.status).toEqual({ 404: 'record' });
  expect(connector.deliver?.ackWhen).toEqual({ header: { 'x-newer': 'yes' }, body: { 'error[0].code': null } });
  expect(connector.secrets).toEqual(['capability-token', 'planted-secret', KEY]);
});

describe('the contract', () => {
  const deliver = 'deliver:\n  url: https://partner.example/x\n  auth: { body: { auth.token: "${COUNTY_SECRET}" } }\n';
  const contract = JSON.stringify({
    type: 'object',
    required: ['auth', 'bedCap'],
    properties: { auth: { type: 'object', required: ['token'] }, bedCap: { type: 'integer', minimum: 1 } },
  });
  const { connector } = compile(deliver, { 'contract.schema.json': contract });

  test('sees the body as it will be sent, credentials included, and does not put them into the document', () => {
    expect(connector.map({ minIcuBeds: 3, scope: 'Hospital' })).toEqual({
      ok: true,
      document: { bedCap: 3, unit: 'U1' },
    });
  });
  test('a violation names the field, a mapping error the value', () => {
    expect(connector.map({ minIcuBeds: 0 })).toEqual({ ok: false, reason: 'contract: bedCap must be >= 1' });
    expect(connector.map({ scope: 'Clinic' })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^mapping: scope: "Clinic"/),
    });
  });
});

test('a 2020-12 contract with formats works', () => {
  const contract = JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { unit: { type: 'string', format: 'email' } },
  });
  const files = { 'contract.schema.json': contract, 'mapping.json': '{ "fields": { "title": "unit" } }' };
  const { connector } = compile('stream: { enabled: true }\n', files);
  expect(connector.map({ title: 'U1' })).toEqual({ ok: false, reason: 'contract: unit must match format "email"' });
  expect(connector.map({ title: 'u@1.example' })).toMatchObject({ ok: true });
});

test('a source is read by its subject, where it names one', () => {
  const beds = {
    type: 'record',
    name: 'Beds',
    fields: [{ name: 'free', type: 'int' }],
  } as const;
  const yaml = 'partner: county\nsource: { topic: rules, subject: example.Beds }\nmapping: mapping.json\n';
  const files = { 'connector.yaml': `${yaml}deliver: { url: https://partner.example/x }\n` };
  const known = {
    sourceSchema: (subject: string) => (subject === 'example.Beds' ? beds : findSubject(subject)),
    shownSchema: (subject: string) => `the newest of ${subject}`,
  };
  const { connector } = compile('', { ...files, 'mapping.json': '{ "fields": { "free": "beds" } }' }, known);
  expect(connector.source).toMatchObject({
    topic: 'rules',
    subject: 'example.Beds',
    reads: { schema: beds, shown: 'the newest of example.Beds' },
  });
  expect(connector.recipe.schemas.get('example.Beds')).toBe(beds);
  expect(compile('', files, known).problems).toContainEqual(
    expect.stringContaining('unknown source field "minIcuBeds"'),
  );
  expect(compile('', files, { ...known, subjects: ['rules-value'] }).problems).toEqual([
    'connectors/county/connector.yaml:2 source.subject: there is no subject "example.Beds" in the registry (register the schema of rules as example.Beds)',
  ]);
});

test('a withdrawal has its own mapping', () => {
  const { connector, problems } = compile('onLeave: send\nstream: { enabled: true }\n', {
    'withdrawal.json': '{ "fields": { "ruleId": "cancel" } }',
  });
  expect(problems).toEqual([]);
  expect(connector.onLeave !== 'alert' && connector.onLeave.map({ ruleId: 'r1' })).toEqual({
    ok: true,
    document: { cancel: 'r1' },
  });
});

test('an inbound door turns the mapping around', () => {
  const { connector, problems } = compile(
    `inbound:
  - path: /beds
    topic: hospital.bedChange
    auth: { body: { auth: "\${COUNTY_SECRET}" }, clientCertificate: { subject: "CN=county" } }
    mapping: beds.json
    handshake:
      cloudEvents: { origins: [Events.Example], perMinute: 60 }
      challenge: { parameter: hub.challenge, token: { parameter: hub.verify_token, value: "\${COUNTY_SECRET}" } }
access: { rateLimit: { perSecond: 5 } }
`,
    { 'beds.json': '{ "fields": { "bedsFree": "free", "ward": "unit" }, "values": { "ward": { "ICU": "U1" } } }' },
  );
  expect(problems).toEqual([]);
  const [hook] = connector.inbound;
  expect(hook?.auth).toEqual({
    body: { auth: 'planted-secret' },
    signSecrets: [],
    apiKey: false,
    jwt: false,
    clientCertificate: 'CN=county',
  });
  expect(hook?.handshake).toEqual({
    cloudEvents: { origins: ['events.example'], perMinute: 60 },
    challenge: { parameter: 'hub.challenge', token: { parameter: 'hub.verify_token', value: 'planted-secret' } },
  });
  expect(connector.access.rateLimit).toEqual({ perSecond: 5 });
  expect(hook?.mapping.inverse({ free: 2, unit: 'U1' })).toEqual({ ok: true, document: { bedsFree: 2, ward: 'ICU' } });
});

test('a door whose topic wants a field that nothing fills is refused, by the name of the field', () => {
  const { problems } = compile(
    'inbound:\n  - { path: /beds, topic: hospital.bedChange, auth: { body: { auth: "${COUNTY_SECRET}" } }, mapping: beds.json }\n',
    { 'beds.json': '{ "fields": { "ward": "unit" } }' },
  );
  expect(problems).toEqual([
    'connectors/county/connector.yaml:5 inbound[0].mapping: nothing fills "bedsFree" of hospital.bedChange (add "bedsFree" to its fields)',
  ]);
});

test('a partner whose name begins like another one may not read its variables', () => {
  const yaml = 'deliver: { url: "https://x.example/", auth: { bearer: "${COUNTY_EMS_TOKEN}" } }\n';
  expect(compile(yaml, {}, { partners: ['county', 'county-ems'] }).problems).toEqual([
    'connectors/county/connector.yaml:4 deliver.auth.bearer: COUNTY_EMS_TOKEN does not belong to this partner (name a variable that starts with COUNTY_, e.g. ${COUNTY_TOKEN})',
  ]);
});

test('mistakes in several files and parts are all reported at once, and no secret with them', () => {
  const { problems } = compile(
    'deliver: { url: "ftp://x", timeoutMs: 0, auth: { bearer: planted-secret }, extra: 1 }\nstrem: {}\n',
    {
      'mapping.json': '{ "fields": { "minIcuBed": "x" }, "default": {} }',
      'contract.schema.json': '{',
    },
  );
  expect(problems.map((line) => line.replace(/^\S+\/|:.*$/g, '')).sort()).toHaveLength(8);
  expect(problems.join()).not.toContain('planted-secret');
  for (const place of [
    'strem',
    'deliver.extra',
    'deliver.timeoutMs',
    'deliver.url',
    'deliver.auth.bearer',
    'fields.minIcuBed',
    'default',
    'contract.schema.json:1',
  ]) {
    expect(problems.filter((line) => line.includes(`${place}: `))).toHaveLength(1);
  }
});

test('the digest changes when any file does', () => {
  const of = (files: Record<string, string>): string => compile('stream: { enabled: true }\n', files).connector.digest;
  expect(of({})).toBe(of({}));
  expect(of({ 'contract.schema.json': '{}' })).not.toBe(of({}));
});

test('what a field must be is told with an example, and an empty file with what it needs', () => {
  const told = (deliver: string, files = {}) => compile(deliver, files).problems.join('\n');
  expect(told('deliver: { url: "https://x.example", rateLimit: 5 }\n')).toMatch(
    /must be an object, is a number \(.*, e\.g\. \{"perSecond":50\}\)/,
  );
  expect(told('stream: { enabled: true }\n', { 'mapping.json': '{ "fields": {} }' })).toMatch(
    /fields: is empty \(.*, e\.g\. \{"minIcuBeds":"reservation\.beds"\}\)/,
  );
  const empty = /connector\.yaml.*is empty \(write partner, source, mapping; "ess connector new" makes such a file\)/;
  expect(told('', { 'connector.yaml': '# nothing yet\n' })).toMatch(empty);
});

test.each([
  ['connector', connectorSchema],
  ['mapping', mappingSchema],
])('every field of %s.schema.json has a description for editors', (_, schema) => {
  const bare: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, patternProperties, items, description, type } = node as Record<string, Record<string, unknown>>;
    if (type !== undefined && description === undefined && !path.endsWith('.items')) bare.push(path);
    for (const [name, inner] of Object.entries({ ...properties, ...patternProperties })) walk(inner, `${path}.${name}`);
    walk(items, `${path}.items`);
  };
  walk(schema, 'top');
  expect(bare).toEqual([]);
});
