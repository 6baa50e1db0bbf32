// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// The examples that the schemas give, and that docs/connectors.md shows, are taken by the loader in a whole connector; and the
// defaults that they name are those that hold.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_MIN_VERSION } from 'node:tls';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSubject, readSchema } from '@ess/schemas/catalog.ts';
import connectorSchema from '@ess/schemas/connector.schema.json' with { type: 'json' };
import type { FieldSchema } from '@ess/schemas/connector-fields.ts';
import { fieldsOf, placed } from '@ess/schemas/connector-fields.ts';
import mappingSchema from '@ess/schemas/mapping.schema.json' with { type: 'json' };
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { Cleanup } from '../cleanup.ts';
import { compilePartner } from './connector-folder.ts';

type Tree = Readonly<Record<string, unknown>>;

const cleanup = new Cleanup();
const root = temporaryFolder(cleanup);
afterAll(() => cleanup[Symbol.asyncDispose]());

const { cert, key } = makeCertificate('documented fields');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ENV: Readonly<Record<string, string>> = {
  CLINIC_CA: cert,
  CLINIC_CERT: cert,
  CLINIC_KEY: key,
  CLINIC_OAUTH_KEY: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  CLINIC_PROXY: 'https://ess:proxy-password@proxy.example:3128',
  CLINIC_SIGNING_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
  CLINIC_OLD_SIGNING_SECRET: `whsec_${Buffer.alloc(24, 2).toString('base64')}`,
  HTTPS_PROXY: 'https://proxy.example:3128',
};

/** What the guide of docs/connectors.md registers. */
const WATER = {
  type: 'record',
  name: 'WaterLevel',
  fields: [
    { name: 'station', type: { type: 'record', name: 'Station', fields: [{ name: 'id', type: 'string' }] } },
    { name: 'reading', type: 'long' },
  ],
} as unknown as AvroSchemaJson;
/** A rule with a list of records, which the examples of lists are about. */
const RULE = ((rule) => ({
  ...rule,
  fields: [
    ...rule.fields,
    {
      name: 'resources',
      type: {
        type: 'array',
        items: { type: 'record', name: 'Resource', fields: [{ name: 'code', type: 'string' }] },
      },
    },
  ],
}))(readSchema('rules') as AvroRecord) as unknown as AvroSchemaJson;

const DOOR = { path: '/beds', topic: 'hospital.bedChange', auth: { apiKey: true }, mapping: 'bed-change.json' };
const BASE: Tree = {
  partner: 'clinic',
  source: { topic: 'rules' },
  mapping: 'mapping.json',
  deliver: { url: 'https://clinic.example/rules' },
};
const OAUTH = { tokenUrl: 'https://login.clinic.example/token', clientId: 'ess' };
const SECRET = { ...OAUTH, clientSecret: '${CLINIC_CLIENT_SECRET}' };
const SIGNED = { ...OAUTH, authentication: 'privateKeyJwt', privateKey: '${CLINIC_OAUTH_KEY}' };
const BATCH = { maxRecords: 50, maxWaitMs: 20 };
const deliver = (more: Tree): Tree => ({ deliver: more });
const doors = (more: Tree): Tree => ({
  inbound: [{ ...DOOR, ...more }],
  access: { apiKeyHashes: ['${CLINIC_API_KEY_HASH}'], jwtSubject: 'clinic' },
});

/** What a field is nothing without; the longest path that it begins with counts. */
const BESIDE: Readonly<Record<string, Tree>> = {
  'source.key': { source: { topic: 'water.level' } },
  'source.version': { source: { topic: 'water.level' } },
  'deliver.tls': deliver({ tls: { ca: '${CLINIC_CA}' } }),
  'deliver.tls.cert': deliver({ tls: { key: '${CLINIC_KEY}' } }),
  'deliver.tls.key': deliver({ tls: { cert: '${CLINIC_CERT}' } }),
  'deliver.auth.mtls': deliver({ auth: { mtls: { cert: '${CLINIC_CERT}', key: '${CLINIC_KEY}' } } }),
  'deliver.auth.oauth2ClientCredentials': deliver({ auth: { oauth2ClientCredentials: SECRET } }),
  ...Object.fromEntries(
    ['privateKey', 'keyId', 'algorithm', 'assertionAudience'].map((name) => [
      `deliver.auth.oauth2ClientCredentials.${name}`,
      deliver({ auth: { oauth2ClientCredentials: SIGNED } }),
    ]),
  ),
  'deliver.batch': deliver({ batch: BATCH }),
  'deliver.batch.answer': deliver({ batch: { ...BATCH, answer: { status: 'status', id: 'id' } } }),
  'deliver.ack.else': deliver({ ack: { status: [200] } }),
  'onLeave.url': { onLeave: { method: 'DELETE' } },
  'onLeave.method': { onLeave: {} },
  stream: { stream: { enabled: true } },
  inbound: doors({}),
  'inbound.[].handshake.challenge.token': doors({
    handshake: { challenge: { parameter: 'word', token: { parameter: 'token', value: '${CLINIC_TOKEN}' } } },
  }),
  'inbound.[].handshake.challenge': doors({ handshake: { challenge: { parameter: 'word' } } }),
  'inbound.[].handshake.cloudEvents': doors({ handshake: { cloudEvents: { origins: ['a.example'] } } }),
};

function besides(path: string): Tree {
  const found = Object.keys(BESIDE).filter((name) => path === name || path.startsWith(`${name}.`));
  return BESIDE[found.sort((a, b) => b.length - a.length)[0] ?? ''] ?? {};
}

/** `over` counts; the first elements of two lists are one. */
function merged(under: unknown, over: unknown): unknown {
  if (Array.isArray(under) && Array.isArray(over) && isTree(under[0]) && isTree(over[0]))
    return [merged(under[0], over[0]), ...over.slice(1)];
  if (!isTree(under) || !isTree(over)) return over ?? under;
  const names = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(names.map((name) => [name, name in over ? merged(under[name], over[name]) : under[name]]));
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The folder as it would be on disk, read and compiled as a worker does. */
function load(connector: Tree, mapping: Tree) {
  const folder = join(root, 'clinic');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const files = {
    'connector.yaml': stringify(connector),
    'mapping.json': JSON.stringify(mapping),
    'withdrawal.json': '{ "fields": { "ruleId": "id" } }',
    'bed-change.json': '{ "fields": { "bedsFree": "free", "ward": "unit" } }',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { source } = connector as { source: { topic: string } };
  const schemas: Readonly<Record<string, AvroSchemaJson>> = {
    'rules-value': RULE,
    'gov.hms.rules.RulePublished': RULE,
    'water.level-value': WATER,
    'example.water.WaterLevel': WATER,
  };
  return compilePartner(root, 'clinic', {
    env: (name) => ENV[name] ?? (name.endsWith('_HASH') ? `sha256:${'0'.repeat(64)}` : `of-${name.toLowerCase()}`),
    sourceSchema: (subject) => schemas[subject] ?? findSubject(subject),
    kafkaTopics: ['rules', 'water.level'],
    subjects: [...Object.keys(schemas), `${source.topic}-value`],
  });
}

const USUAL_MAPPING = { fields: { ruleId: 'ruleId', minIcuBeds: 'beds' } };
const mappingFor = (connector: Tree): Tree =>
  (connector as { source: Tree }).source['topic'] === 'rules' ? USUAL_MAPPING : { fields: { 'station.id': 'station' } };

const examplesOf = (schema: FieldSchema) =>
  fieldsOf(schema).flatMap(({ steps, schema: { examples = [] } }) =>
    examples.map(
      (example) => [steps.join('.'), JSON.stringify(example), placed(schema, steps, example) as Tree] as const,
    ),
  );

test.each(examplesOf(connectorSchema))('connector.yaml, %s: %s is taken', (path, _, example) => {
  // A free name and an element of a list are shown where their field has its first example.
  const connector = merged(merged(BASE, besides(path)), example) as Tree;
  const { connector: compiled, problems } = load(connector, mappingFor(connector));
  expect(problems.map(formatProblem)).toEqual([]);
  expect(compiled).toBeDefined();
});

test.each(examplesOf(mappingSchema))('mapping.json, %s: %s is taken', (path, _, example) => {
  const beside = path.startsWith('constants') ? { fields: { 'resources[].code': 'items[].kind' } } : USUAL_MAPPING;
  const mapping = path.startsWith('fields') ? example : (merged(beside, example) as Tree);
  const { problems } = load(BASE, mapping);
  expect(problems.map(formatProblem)).toEqual([]);
});

test('the connector that the guide shows for an answer with an error in a 200 is taken', () => {
  const text = readFileSync('docs/connectors.md', 'utf8');
  const [, yaml = ''] = /```yaml\n(# connectors\/bed-board[\s\S]*?)```/.exec(text) ?? [];
  const { connector, problems } = load(
    parse(yaml.replaceAll('BED_BOARD', 'CLINIC').replaceAll('bed-board', 'clinic')) as Tree,
    USUAL_MAPPING,
  );
  expect(problems.map(formatProblem)).toEqual([]);
  expect(connector?.deliver?.ack).toEqual({ body: { status: 'ok' }, else: 'refuse' });
});

const withDefault = fieldsOf(connectorSchema).filter(({ schema }) => 'default' in schema);

/** The loader hands these on as they are written, and who reads them has the default. */
const HANDED_ON: readonly string[] = ['stream.unknownCursor', 'stream.clients'];

test.each(
  withDefault
    .filter(({ steps }) => !HANDED_ON.includes(steps.join('.')))
    .map(({ steps, schema }) => [steps.join('.'), steps, schema.default] as const),
)('without %s it is as with its default', (path, steps, value) => {
  const bare = merged(BASE, besides(path)) as Tree;
  const written = merged(bare, placed(connectorSchema, steps, value)) as Tree;
  expect(shown(written)).toEqual(shown(bare));
});

/** What the connector is compiled to. Functions have no text, and the digest is that of the files. */
function shown(written: Tree): unknown {
  const { connector, problems } = load(written, mappingFor(written));
  expect(problems).toEqual([]);
  const { deliver: sent, ...rest } = connector ?? {};
  const tls = sent?.tls && { minVersion: DEFAULT_MIN_VERSION, ...sent.tls };
  const all = { ...rest, deliver: { ...sent, tls }, digest: '' };
  return JSON.parse(JSON.stringify(all));
}
