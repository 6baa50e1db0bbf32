// The folder of connectors, as deployments, editors and accidents leave it: what is wrong with one is its own problem, told with
// file and remedy; the others are checked, and programs go on with what was good.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** A good connector at `root/partner`. */
function good(root: string, partner: string): string {
  const folder = join(root, partner);
  cpSync('connectors/county-ems', folder, { recursive: true });
  const yaml = readFileSync('connectors/county-ems/connector.yaml', 'utf8');
  const prefix = partner.toUpperCase().replaceAll('-', '_');
  writeFileSync(
    join(folder, 'connector.yaml'),
    yaml.replaceAll('county-ems', partner).replaceAll('COUNTY_EMS', prefix),
  );
  return folder;
}

interface Odd {
  readonly name: string;
  /** Makes the folder of this partner odd. */
  readonly make: (folder: string, root: string) => void;
  /** Part of what is said; absent: nothing is wrong. */
  readonly said?: string;
}

const fifo = (path: string) => execFileSync('mkfifo', [path]);
const replaced = (name: string, make: (path: string) => void) => (folder: string) => {
  rmSync(join(folder, name), { recursive: true });
  make(join(folder, name));
};
const put = (name: string, content: string | Buffer) => (folder: string) => writeFileSync(join(folder, name), content);

const ODD: readonly Odd[] = [
  {
    name: 'long-yaml',
    make: put('connector.yaml', 'a: b\n'.repeat(20_000)),
    said: 'connector.yaml: has 100000 characters, more than 64000',
  },
  { name: 'pipe', make: replaced('mapping.json', fifo), said: 'mapping.json: is a pipe, not a file' },
  {
    name: 'pipe-beside',
    make: (folder) => fifo(join(folder, 'other.yaml')),
    said: 'other.yaml: is a pipe, not a file',
  },
  {
    name: 'device',
    make: replaced('mapping.json', (path) => symlinkSync('/dev/zero', path)),
    said: 'mapping.json: is a device',
  },
  {
    name: 'dangling',
    make: replaced('mapping.json', (path) => symlinkSync('gone.json', path)),
    said: 'mapping.json: is not there, or a link',
  },
  {
    name: 'loop',
    make: replaced('connector.yaml', (path) => symlinkSync('connector.yaml', path)),
    said: 'connector.yaml: is a link that leads back',
  },
  { name: 'folder-as-file', make: replaced('mapping.json', mkdirSync), said: 'mapping.json: is a folder, not a file' },
  {
    name: 'file-as-folder',
    make: replaced('samples', (path) => writeFileSync(path, '')),
    said: 'samples: is below something that is no folder',
  },
  {
    name: 'samples-loop',
    make: replaced('samples', (path) => symlinkSync('samples', path)),
    said: 'samples: is a link that leads back',
  },
  { name: 'huge', make: put('mapping.json', ' '.repeat(1_000_001)), said: 'mapping.json: has more than 1 MB' },
  {
    name: 'many',
    make: (folder) => {
      for (let at = 0; at < 501; at += 1) writeFileSync(join(folder, 'samples', `${at}.json`), '{}');
    },
    said: 'holds more than 500 files or 10 MB',
  },
  { name: 'not-utf8', make: put('mapping.json', Buffer.from([0x7b, 0xff, 0x7d])), said: 'mapping.json: is not UTF-8' },
  { name: 'empty', make: put('connector.yaml', ''), said: 'connector.yaml' },
  { name: 'zeros', make: put('connector.yaml', Buffer.alloc(1_000)), said: 'connector.yaml' },
  {
    name: 'bomb',
    make: put(
      'connector.yaml',
      `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key, at) => `${key}: &${key} [${`*${'abcdefg'[at]}, `.repeat(9)}]`).join('\n')}`,
    ),
    said: 'an alias (*name) has no anchor before it, or repeats too much',
  },
  {
    name: 'deep-yaml',
    make: put('connector.yaml', `a: ${'['.repeat(10_000)}`),
    said: 'connector.yaml: is nested too deep',
  },
  { name: 'deep-json', make: put('mapping.json', '['.repeat(20_000)), said: 'mapping.json:1: expected less nesting' },
  {
    name: 'deep-path',
    make: put('mapping.json', `{"fields":{"title":"a${'.a'.repeat(9_000)}"}}`),
    said: 'has 9001 steps, more than 50',
  },
  {
    name: 'prototype',
    make: put('mapping.json', '{"fields":{"title":"t"},"__proto__":{"x":1}}'),
    said: 'mapping.json:1 __proto__: unknown field',
  },
  {
    name: 'twice',
    make: put('mapping.json', `{"fields":{${Array(5_000).fill('"title":"t"').join(',')}}}`),
    said: 'mapping.json:1 fields.title: is written twice',
  },
  {
    name: 'long-names',
    make: put(
      'mapping.json',
      `{"fields":{${Array.from({ length: 90 }, (_, at) => `"${'n'.repeat(9_000)}${at}":"t${at}"`).join(',')}}}`,
    ),
    said: 'unknown source field',
  },
  {
    name: 'mistakes',
    make: put('connector.yaml', Array.from({ length: 3_000 }, (_, at) => `k${at}: 1`).join('\n')),
    said: 'connector.yaml:1 k0: unknown field',
  },
  {
    name: 'away',
    make: (folder, root) => {
      rmSync(folder, { recursive: true });
      symlinkSync('nowhere', join(root, 'away'));
    },
    said: 'is not there, or a link whose target is gone',
  },
  {
    name: 'lock-files',
    make: (folder) => {
      symlinkSync('me@host.1234:5', join(folder, '.#mapping.json'));
      for (const name of ['mapping.json~', '.mapping.json.swp', '4913', '#mapping.json#', '.connector.yaml'])
        writeFileSync(join(folder, name), '\u0000');
    },
  },
  {
    name: 'linked',
    make: (folder, root) => {
      renameSync(folder, join(root, '..', 'linked-elsewhere'));
      symlinkSync(join(root, '..', 'linked-elsewhere'), folder);
    },
  },
  {
    name: 'config-map',
    make: (folder) => {
      mkdirSync(join(folder, '..2026_11_28'));
      symlinkSync('..2026_11_28', join(folder, '..data'));
      for (const name of readdirSync(folder).filter((file) => /\.(yaml|json)$/.test(file))) {
        renameSync(join(folder, name), join(folder, '..2026_11_28', name));
        symlinkSync(join('..data', name), join(folder, name));
      }
    },
  },
  { name: 'Odd Name;$(x)', make: () => undefined, said: 'has no valid name' },
  { name: 'n'.repeat(200), make: () => undefined, said: 'the name has 200 characters, more than 100' },
];

/** Enough to show that none hinders the others; each costs the command a while. */
const LISTED = ODD.filter(({ name }) =>
  /^(pipe|device|loop|huge|away|linked|config-map|lock-files|not-utf8)$/.test(name),
);

function oddRoot(cleanup: Cleanup): string {
  const root = join(temporaryFolder(cleanup), 'connectors');
  mkdirSync(root);
  for (const { name, make } of LISTED) make(good(root, name), root);
  good(root, 'good');
  writeFileSync(join(root, 'README.md'), 'x');
  fifo(join(root, 'a-pipe'));
  return root;
}

test.each(ODD)('$name: told, or none of its business', async ({ name, make, said }) => {
  await using cleanup = new Cleanup();
  const root = join(temporaryFolder(cleanup), 'connectors');
  make(good(root, name), root);
  expect(listConnectors(root)).toEqual([name]);
  const { problems } = compilePartner(root, name, { withoutEnv: true });
  const texts = problems.map(
    ({ file, line, field, message }) =>
      `${file}${line === undefined ? '' : `:${line}`}${field === '' ? '' : ` ${field}`}: ${message}`,
  );
  if (said === undefined) expect(texts).toEqual([]);
  else expect(texts.join('\n')).toContain(said);
  expect(problems.length).toBeLessThanOrEqual(101);
  for (const { remedy } of problems) expect(remedy).toMatch(/\w/);
});

test('connector check lists all of them, the good ones too, and exits 1', async () => {
  await using cleanup = new Cleanup();
  const root = oddRoot(cleanup);
  await using check = new EssProcess(['connector', 'check', '--json', '--no-env', '--connectors', root], {
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
  });
  expect(await check.exited).toBe(1);
  const said = JSON.parse(check.stdout) as { partner: string; ok: boolean }[];
  const expected = [
    ...LISTED.map(({ name, said: wrong }) => [name, wrong === undefined] as const),
    ['good', true] as const,
  ];
  expect(new Map(said.map(({ partner, ok }) => [partner, ok]))).toEqual(new Map(expected));
});

test('worker and bridge go on while the folder of connectors is swapped, and take what comes', async () => {
  await using stack = await openTestStack();
  await using cleanup = new Cleanup();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  // As a deployment does it: a link that is turned to another release.
  const releases = temporaryFolder(cleanup);
  const [one, two] = [join(releases, '1'), join(releases, '2')];
  for (const release of [one, two]) cpSync(line.connectors, release, { recursive: true });
  const current = join(releases, 'current');
  symlinkSync('1', current);
  const turn = (to: string) => {
    rmSync(current, { force: true });
    symlinkSync(to, current);
  };
  const env = {
    KAFKA_BROKERS: stack.brokers.join(','),
    SCHEMA_REGISTRY_URL: stack.registry,
    ESS_CONNECTORS: current,
    ESS_CURSOR_KEYS: Buffer.alloc(32, 7).toString('base64'),
  };
  const worker = line.spawn({ ESS_CONNECTORS: current });
  await using bridge = new EssProcess(['bridge', '--no-projector', '--port', '0', '--admin-port', '0'], env);
  await Promise.all([worker.logged('worker.started'), bridge.logged('bridge.started')]);

  turn('nowhere');
  await Promise.all([bridge.logged('connectors.away'), worker.logged('connector.refused')]);
  await line.source.publish([makeRule('a', 1)]);
  await eventually('a rule while all folders are away', () =>
    partner.received.find(({ body }) => body['ruleId'] === 'a'),
  );

  const mapping = { fields: { ruleId: 'ruleId', version: 'version', title: 'what' } };
  writeFileSync(join(two, line.partner, 'mapping.json'), JSON.stringify(mapping));
  turn('2');
  await Promise.all([
    worker.logged('connector.changed'),
    bridge.logged('connector.reloaded', (said) => said['partner'] === line.partner),
  ]);
  await line.source.publish([makeRule('b', 1, { title: 'after the swap' })]);
  await eventually('a rule by the new mapping', () =>
    partner.received.find(({ body }) => body['what'] === 'after the swap'),
  );

  // A watched partner is deleted, and brought back.
  renameSync(join(two, line.partner), join(two, '.kept'));
  await worker.logged('connector.refused', (said) => JSON.stringify(said).includes('no connector'));
  await line.source.publish([makeRule('c', 1, { title: 'while it was away' })]);
  await eventually('a rule while its folder is away', () =>
    partner.received.find(({ body }) => body['what'] === 'while it was away'),
  );
  renameSync(join(two, '.kept'), join(two, line.partner));

  expect([worker.ended, bridge.ended]).toEqual([undefined, undefined]);
  await Promise.all([worker.signal('SIGTERM'), bridge.signal('SIGTERM')]);
  expect([worker.ended, bridge.ended]).toEqual([0, 0]);
});
