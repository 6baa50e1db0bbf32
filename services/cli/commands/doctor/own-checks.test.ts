// What the doctor finds of what is ours: the registry and what is registered, connectors, disk and ports.
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Finding } from './finding.ts';
import { checkConnectors, checkDisk, checkPorts, checkRegistry } from './own-checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'ess-doctor-'));
/** What the registry has of the subjects that are not as they are here; undefined: nothing. */
let instead: Readonly<Record<string, object | undefined>> = {};
const registry = createHttpServer((request, response) => {
  const subject = decodeURIComponent((request.url ?? '').split('/')[2] ?? '');
  const known = SCHEMAS.find((one) => one.subject === subject);
  const schema = subject in instead ? instead[subject] : known && readSchema(known.topic);
  response.writeHead(schema ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(schema ? { id: 1, version: 3, schema: JSON.stringify(schema) } : { error_code: 40401 }));
});
let url: string;

beforeAll(async () => {
  await once(registry.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});
afterAll(() => {
  registry.closeAllConnections();
  registry.close();
  rmSync(folder, { recursive: true });
});

const settings = (env: Record<string, string> = {}) => loadSettings({ SCHEMA_REGISTRY_URL: url, ...env }, '');
const bad = (all: readonly Finding[]) =>
  all
    .filter(({ status }) => status !== 'ok')
    .map(({ status, check, told, remedy }) => `${status} ${check}: ${told} → ${remedy}`);

test('the registry: well, away, and with schemas that are missing, older, or cannot be read', async () => {
  instead = {};
  expect(bad(await checkRegistry(settings()))).toEqual([]);
  expect(bad(await checkRegistry(settings({ SCHEMA_REGISTRY_URL: 'http://127.0.0.1:2/apis' })))).toEqual([
    'fail registry: the schema registry at http://127.0.0.1:2/apis does not answer: ECONNREFUSED → look at SCHEMA_REGISTRY_URL and its credentials',
  ]);
  const { fields, ...rules } = readSchema('rules') as AvroRecord;
  instead = {
    'ess.audit-value': undefined,
    'rules-value': { ...rules, fields: fields.slice(0, -1) },
    'public.rules-value': { type: 'record', name: 'PublicRule', fields: [] },
  };
  expect(bad(await checkRegistry(settings())).sort()).toEqual([
    'fail schemas: ess.audit-value is not registered → run "ess schemas apply"; where the registry had it before: docs/disaster.md',
    'fail schemas: public.rules-value here cannot read what is registered → run "ess schemas check": it names the fields',
    'warn schemas: rules-value is newer here → run "ess schemas apply"',
  ]);
});

test('connectors: none, and one that is broken', async () => {
  const root = join(folder, 'connectors');
  mkdirSync(root);
  const look = async () => bad(await checkConnectors(settings(), root));
  expect(await look()).toEqual([`warn connectors: ${root} holds none → make one with "ess connector new"`]);
  mkdirSync(join(root, 'clinic'));
  writeFileSync(join(root, 'clinic', 'connector.yaml'), 'partner: clinic\ndeliverr: {}\n');
  expect(await look()).toEqual([
    expect.stringMatching(
      /^fail connectors: .*clinic\/connector\.yaml source: is missing .*\(and 2 more\) → run "ess connector check clinic"$/,
    ),
  ]);
  const nowhere = join(folder, 'nowhere');
  await expect(checkConnectors(settings(), nowhere)).rejects.toThrow(`no folder of connectors at ${nowhere}`);
});

const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

(mayMount ? test : test.skip)('a disk with little room', () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', disk]);
  try {
    expect(bad(checkDisk(settings({ ESS_VIEW_FILE: join(disk, 'not/yet/view') })))).toEqual([
      `fail disk: ${disk} has 0.0 GB free → make room, or set ESS_VIEW_FILE to another disk`,
    ]);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('a port that is taken', async () => {
  const taken = createServer();
  await once(taken.listen(0, '0.0.0.0'), 'listening');
  const { port } = taken.address() as AddressInfo;
  const free = Object.fromEntries(
    ['CONSOLE', 'CONSOLE_ADMIN', 'BRIDGE', 'BRIDGE_ADMIN', 'INBOUND', 'INBOUND_ADMIN', 'OBSERVER', 'SERVE'].map(
      (name) => [`ESS_${name}_PORT`, '0'],
    ),
  );
  expect(bad(await checkPorts(settings({ ...free, ESS_WORKER_PORT: String(port) })))).toEqual([
    `warn ports: port ${port} (worker) is taken → if it is not that program itself, set another port ("ess config")`,
  ]);
  taken.close();
});
