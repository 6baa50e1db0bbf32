import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EssError } from '@ess/domain/text/error.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { Change, RenderOptions } from './manifests.ts';
import { writeManifests } from './manifests.ts';

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = temporaryFolder({ defer: afterAll });
const root = join(folder, 'connectors');
const out = join(folder, 'k8s');

afterEach(() => {
  for (const one of [root, out]) rmSync(one, { recursive: true, force: true });
});

const PLACE: RenderOptions = { connectors: root, out, set: [] };
const render = (options: Partial<RenderOptions> = {}): Change[] => writeManifests({ ...PLACE, ...options }).changes;

/** The connector of the hospital, with other fields of `deliver`. */
function hospital(deliver: object = {}, name = 'hospital'): void {
  cpSync(join(REPOSITORY, 'connectors/hospital'), join(root, name), { recursive: true });
  const file = join(root, name, 'connector.yaml');
  const connector = parse(readFileSync(file, 'utf8'));
  writeFileSync(file, stringify({ ...connector, deliver: { ...connector.deliver, ...deliver } }));
}

const text = (file: string): string => readFileSync(join(out, file), 'utf8');
function resource<T>(kind: string, file = 'base/ess-worker-hospital.yaml'): T {
  const found = parseAllDocuments(text(file)).map((document) => document.toJS());
  return found.find((one) => one.kind === kind) as T;
}
const pod = () => resource<IDeployment>('Deployment').spec?.template.spec;
const toPartner = () => resource<INetworkPolicy>('NetworkPolicy').spec?.egress?.at(-1);

test('a rollout of a worker takes one pod after the other, never one more, and each field of it says why', () => {
  hospital();
  render();
  expect(resource<IDeployment>('Deployment').spec?.strategy).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
  });
  for (const field of [
    'maxSurge: 0',
    'maxUnavailable: 1',
    'terminationGracePeriodSeconds',
    'httpGet',
    'limits',
    'secret:',
  ])
    expect(text('base/ess-worker-hospital.yaml')).toMatch(new RegExp(`# .*\\n *${field}`));
});

test.each([
  [{}, 30],
  [{ timeoutMs: 60_000 }, 75],
  [{ timeoutMs: 60_000, atRebalance: 'cut' }, 30],
])('a worker with %j is granted what its stop may take: %i s', (deliver, seconds) => {
  hospital(deliver);
  render();
  expect(pod()?.terminationGracePeriodSeconds).toBe(seconds);
});

test('an address is a setting, and everything else a file of a Secret, whatever this environment holds', () => {
  hospital();
  process.env['HOSPITAL_SECRET'] = 'seen-by-nobody';
  try {
    render({ set: ['HOSPITAL_URL=https://county-health.example/beds'] });
  } finally {
    delete process.env['HOSPITAL_SECRET'];
  }
  const env = pod()?.containers[0]?.env ?? [];
  expect(env.find(({ name }) => name === 'HOSPITAL_URL')?.value).toBe('https://county-health.example/beds');
  const mounted = env.flatMap(({ name, value }) => (value?.startsWith('/etc/ess/secrets/') ? [name] : []));
  expect(mounted).toEqual([
    'HOSPITAL_API_KEY_HASH_FILE',
    'HOSPITAL_SECRET_FILE',
    'HOSPITAL_SIGNING_SECRET_FILE',
    'ESS_CURSOR_KEYS_FILE',
  ]);
  expect(text('base/ess-worker-hospital.yaml')).not.toContain('seen-by-nobody');
});

test('a worker may reach the address of its partner, and the networks that the connector allows', () => {
  hospital({ url: 'https://10.1.2.3:8443/beds', allow: ['10.1.0.0/16'] });
  render();
  expect(toPartner()).toEqual({
    to: [{ ipBlock: { cidr: '10.1.0.0/16' } }, { ipBlock: { cidr: '10.1.2.3/32' } }],
    ports: [{ port: 8443 }],
  });
});

test('a partner with a name may be at any public address, and at none that is not', () => {
  hospital({ url: 'https://county-health.example/beds', allow: [] });
  render();
  const [v4, v6] = toPartner()?.to ?? [];
  expect(toPartner()?.ports).toEqual([{ port: 443 }]);
  expect(v4?.ipBlock).toEqual({ cidr: '0.0.0.0/0', except: expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16']) });
  expect(v6?.ipBlock?.cidr).toBe('::/0');
});

// Readers of YAML that Kubernetes has refuse what ours takes, so the text is looked at: no reader of theirs is at hand here.
test('no text stands in the manifests without quotes that YAML 1.1 refuses, or takes for something else', () => {
  hospital({ headers: { 'x-on': `\${HOSPITAL_ON:-off}` } });
  render({ set: ['HOSPITAL_URL=https://county-health.example/beds', 'HOSPITAL_ON=no'] });
  expect(text('base/ess-worker-hospital.yaml')).toContain('["::1/128", ');
  expect(text('base/ess-worker-hospital.yaml')).not.toMatch(/[[,:-] :/);
  expect(text('base/ess-worker-hospital.yaml')).toContain('value: "no"');
});

test('brokers with addresses are the only ones that may be reached at their port', () => {
  hospital();
  render({ kafka: '10.9.0.1:9093,10.9.0.2:9093', registry: 'https://registry.example/apis/ccompat/v7' });
  const [, kafka, registry] = resource<INetworkPolicy>('NetworkPolicy').spec?.egress ?? [];
  expect(kafka).toEqual({
    to: [{ ipBlock: { cidr: '10.9.0.1/32' } }, { ipBlock: { cidr: '10.9.0.2/32' } }],
    ports: [{ port: 9093 }],
  });
  expect(registry).toEqual({ ports: [{ port: 443 }] });
});

test('what a partner does decides which programs have its connector', () => {
  hospital();
  cpSync(join(REPOSITORY, 'connectors/species-index'), join(root, 'species-index'), { recursive: true });
  render();
  expect(existsSync(join(out, 'base/ess-worker-species-index.yaml'))).toBe(false);
  const connectorsOf = (file: string) =>
    resource<IDeployment>('Deployment', `base/${file}.yaml`).spec?.template.spec?.volumes?.flatMap(
      ({ configMap }) => configMap?.name ?? [],
    );
  expect(connectorsOf('ess-bridge')).toEqual(['ess-connectors-hospital', 'ess-connectors-species-index']);
  expect(connectorsOf('ess-inbound')).toEqual(['ess-connectors-hospital']);
  expect(pod()?.volumes?.[0]?.configMap?.name).toBe('ess-connectors-hospital');
});

test('observer and console are two containers of one pod, and hold no secret of a partner', () => {
  hospital();
  render();
  const { containers = [], volumes } =
    resource<IDeployment>('Deployment', 'base/ess-observer.yaml').spec?.template.spec ?? {};
  expect(containers.map(({ name }) => name)).toEqual(['observer', 'console']);
  expect(volumes?.map(({ name }) => name)).toEqual(['connector-hospital', 'scratch']);
});

test('check tells every file that is another than would be rendered, and writes nothing', () => {
  hospital();
  render();
  expect(render({ check: true }).filter(({ change }) => change !== 'unchanged')).toEqual([]);
  hospital({ timeoutMs: 60_000 });
  const before = text('base/ess-worker-hospital.yaml');
  expect(render({ check: true }).filter(({ change }) => change !== 'unchanged')).toEqual([
    { file: 'base/connectors/hospital.yaml', change: 'changed' },
    { file: 'base/ess-worker-hospital.yaml', change: 'changed' },
  ]);
  expect(text('base/ess-worker-hospital.yaml')).toBe(before);
});

test('files of a partner that is gone go, and those that others have put there stay', () => {
  hospital();
  hospital({}, 'hospital-two');
  rmSync(join(root, 'hospital-two/connector.yaml'));
  const other = readFileSync(join(root, 'hospital/connector.yaml'), 'utf8');
  writeFileSync(
    join(root, 'hospital-two/connector.yaml'),
    other
      .replaceAll('HOSPITAL_', 'HOSPITAL_TWO_')
      .replace('partner: hospital', 'partner: hospital-two')
      .replaceAll('/webhook/bedChange', '/webhook/two'),
  );
  render();
  expect(existsSync(join(out, 'base/ess-worker-hospital-two.yaml'))).toBe(true);
  mkdirSync(join(out, 'overlays/ours'), { recursive: true });
  writeFileSync(join(out, 'overlays/ours/kustomization.yaml'), 'resources: [../plain]\n');
  rmSync(join(root, 'hospital-two'), { recursive: true });
  render();
  expect(existsSync(join(out, 'base/ess-worker-hospital-two.yaml'))).toBe(false);
  expect(existsSync(join(out, 'overlays/ours/kustomization.yaml'))).toBe(true);
});

test('what cannot be rendered is told with its remedy', () => {
  hospital();
  expect(() => render({ set: ['HOSPITAL_URI=https://x.example'] })).toThrow(
    new EssError('ESS_USAGE', `--set HOSPITAL_URI: no connector in ${root} has this variable; there are HOSPITAL_URL`),
  );
  for (const secret of ['HOSPITAL_SECRET=hunter2', `HOSPITAL_API_KEY_HASH=sha256:${'0'.repeat(64)}`])
    expect(() => render({ set: [secret] })).toThrow(/make it a key of the Secret ess-secrets-hospital$/);
  const long = 'x'.repeat(60);
  mkdirSync(join(root, long));
  expect(() => render()).toThrow(/holds 52 characters of a partner; choose a shorter one/);
});

test.each([
  [{ image: '' }, '--image must be the name of an image'],
  [{ image: 'a b' }, '--image must be the name of an image'],
  [{ namespace: 'Bad_Name' }, '--namespace must be a name of Kubernetes'],
  [{ cluster: 'X Y' }, '--cluster must be a name of Kubernetes'],
  [{ kafka: 'kafka:99999' }, '--kafka must be host:port'],
  [{ registry: 'https://user:word@registry.example' }, 'SCHEMA_REGISTRY_PASSWORD_FILE'],
  [{ prometheus: 'https://user:word@prometheus.example' }, '--prometheus is told to everybody'],
  [{ set: ['HOSPITAL_URL=notaurl'] }, '--set HOSPITAL_URL: must be an http or https URL'],
  [{ out: '/dev/null' }, '--out /dev/null: ENOTDIR'],
])('%j is refused, and nothing is written', (options, message) => {
  hospital();
  expect(() => render(options)).toThrow(message);
  expect(existsSync(out)).toBe(false);
});

test('what was told once holds the next time, until something else is told', () => {
  hospital();
  render({ namespace: 'agency', set: ['HOSPITAL_URL=https://county-health.example/beds'] });
  expect(render().filter(({ change }) => change !== 'unchanged')).toEqual([]);
  render({ namespace: 'county' });
  const { metadata, spec } = resource<IDeployment>('Deployment');
  expect(metadata?.namespace).toBe('county');
  expect(JSON.stringify(spec)).toContain('https://county-health.example/beds');
});

test('every Secret that a pod mounts is told, with its keys', () => {
  hospital();
  const { always, users } = writeManifests(PLACE).secrets;
  expect(Object.fromEntries(always)).toEqual({
    'ess-cursor-keys': ['ESS_CURSOR_KEYS'],
    'ess-secrets-hospital': ['HOSPITAL_API_KEY_HASH', 'HOSPITAL_SECRET', 'HOSPITAL_SIGNING_SECRET'],
  });
  const folder = join(out, 'components/kafka-users');
  const patches = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const mounted = [...patches.join('').matchAll(/secretName: (\S+)/g)].map(([, name]) => name);
  expect(new Set(users.keys())).toEqual(new Set(mounted));
});

test('the manifests of the repository are as its connectors say', () => {
  const [connectors, rendered] = [join(REPOSITORY, 'connectors'), join(REPOSITORY, 'infra/k8s')];
  const changes = render({ connectors, out: rendered, check: true });
  expect(changes.filter(({ change }) => change !== 'unchanged')).toEqual([]);
});

test('where Kafka has users each program is its own, with the rights of infra/access.yaml, and no number of workers is set', () => {
  hospital();
  render();
  const users = parseAllDocuments(text('components/strimzi/users.yaml')).map((document) => document.toJS());
  const named = users.map(({ metadata }) => metadata.name);
  for (const overlay of ['secured', 'strimzi'])
    expect(text(`overlays/${overlay}/kustomization.yaml`)).toContain('../../components/kafka-users');
  const workload = (name: string) => text(`components/kafka-users/${name}.yaml`);
  for (const [file, user] of [
    ['ess-worker-hospital', 'ess-worker-hospital'],
    ['ess-bridge', 'ess-bridge'],
    ['ess-inbound', 'ess-inbound'],
    ['ess-observer', 'ess-observer'],
    ['ess-observer', 'ess-console'],
  ] as const) {
    expect(named).toContain(user);
    expect(workload(file)).toContain(`secretName: ${user}`);
  }
  expect(resource<IDeployment>('Deployment').spec?.replicas).toBeUndefined();
});
