// No Docker engine is needed to find what would break: names that do not exist, commands that ess does not have,
// healthchecks that are waited for but missing, settings that nobody reads.
import { execFile, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { stopGraceMs } from '@ess/domain/delivery/rebalance-timeout.ts';
import { SETTINGS } from '@ess/runtime/settings/settings-table.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { demoSecrets, writeSecretFiles } from '../demo/demo-env.ts';

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  ports?: string[];
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  volumes?: string[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const compose = parse(read('docker-compose.kafka.yml'), { merge: true, maxAliasCount: -1 });
const services = Object.entries(compose.services as Record<string, Service>);
const ours = services.filter(([, { image }]) => image === 'ess:local');
const named = (name: string): Service => compose.services[name];
const dockerfile = read('infra/docker/Dockerfile');
const commands = readdirSync(fileURLToPath(new URL('services/cli/commands/', root))).map((file) =>
  file.replace('.ts', ''),
);
const connectors = readdirSync(fileURLToPath(new URL('connectors/', root)));
const connector = (partner: string) => read(`connectors/${partner}/connector.yaml`);
const delivering = connectors.filter((partner) => /^deliver:/m.test(connector(partner)));
/** The demo partners that wait for nobody: the species index begins with the bridge. */
const listening = services.flatMap(([name, { entrypoint }]) =>
  entrypoint?.[1] === 'infra/demo/main.ts' && name !== 'species-index' ? [name] : [],
);

describe.each(services)('service %s', (_name, service) => {
  test('depends on services that exist, in a state that they can reach', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(named(other)).toBeDefined();
      if (condition === 'service_healthy') expect(named(other).healthcheck).toBeDefined();
      // Of an image that is not ours there may be no check: whoever depends on it asks itself.
      else if (condition === 'service_started') expect(named(other).image).not.toBe('ess:local');
      else expect([condition, named(other).healthcheck]).toEqual(['service_completed_successfully', undefined]);
    }
  });

  test('runs something that exists', () => {
    const { entrypoint = [], command = [] } = service;
    const [program, file] = entrypoint;
    if (program === 'node') expect(existsSync(new URL(file ?? '', root))).toBe(true);
    const said = program === 'sh' ? (entrypoint.at(-1) ?? '') : `ess ${command.join(' ')}`;
    if (program !== 'node' && service.image === 'ess:local') {
      for (const [, name] of said.matchAll(/\bess (\S+)/g)) expect(commands).toContain(name);
    }
  });

  test('sets variables that somebody reads, and no secret', () => {
    if (service.image !== 'ess:local') return;
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      const own = connectors.some((partner) => name.startsWith(partner.toUpperCase().replaceAll('-', '_')));
      expect([name, own || name.replace(/_FILE$/, '') in SETTINGS]).toEqual([name, true]);
      if (/SECRET|TOKEN|KEY/.test(name) && name !== 'ESS_CONSOLE_TOKENS')
        // a file of hashes
        expect([name, value]).toEqual([expect.stringMatching(/_FILE$/), expect.stringMatching(/^\//)]);
    }
  });

  test('uses volumes that are declared, and folders that are there', () => {
    for (const from of (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''))
      if (from.startsWith('./')) expect(existsSync(new URL(from, root))).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(from);
  });

  test('has no rights that it does not need', () => {
    expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    if (service.image === 'ess:local') expect(service.read_only).toBe(true);
  });

  test('is reached from this machine alone, at a port that a second copy can have elsewhere', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\$\{ESS_PORT_PREFIX:-\}(\d{4}):\d{4}$/);
  });
});

test('one service builds the image, and all that use it wait for that one', () => {
  const waitsFor = (name: string): string[] =>
    Object.keys(named(name).depends_on ?? {}).flatMap((other) => [other, ...waitsFor(other)]);
  expect(services.filter(([, { build }]) => build).map(([name]) => name)).toEqual(['secrets']);
  for (const [name] of ours.filter(([one]) => one !== 'secrets'))
    expect([name, waitsFor(name)]).toEqual([name, expect.arrayContaining(['secrets'])]);
});

test('each connector that delivers has a worker of its own for whoever wants it, and Prometheus asks it', () => {
  const workers = delivering.map((partner) => `worker-${partner}`);
  for (const partner of delivering)
    expect(named(`worker-${partner}`)).toMatchObject({ command: ['worker', partner], profiles: ['workers'] });
  const [scraped] = parse(read('infra/prometheus/containers.yaml')).scrape_configs[0].dns_sd_configs;
  expect(new Set(scraped.names)).toEqual(new Set(['ess', ...workers]));
});

test('a plain up finds this file, and brings the demo', () => {
  expect(parseEnv(read('.env'))).toEqual({ COMPOSE_FILE: 'docker-compose.kafka.yml', COMPOSE_PROFILES: 'demo' });
  for (const partner of connectors) expect(named(partner).profiles).toEqual(['demo']);
});

test('one service runs every program, answers for all of them, and is given the time that the slowest stop takes', () => {
  const { command, healthcheck, environment = {}, ports = [], stop_grace_period: grace = '' } = named('ess');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose fills it in
  expect(command).toEqual(['serve', '--demo', '--without', '${ESS_WITHOUT:-}']);
  expect(services.filter(([, other]) => other.command?.[0] === 'serve')).toHaveLength(1);
  expect(healthcheck?.test.join(' ')).toContain(`127.0.0.1:${SETTINGS.ESS_SERVE_PORT.default}/readyz`);
  for (const program of ['BRIDGE', 'INBOUND', 'CONSOLE'] as const) {
    expect(environment[`ESS_${program}_HOST`]).toBe('0.0.0.0');
    const port = SETTINGS[`ESS_${program}_PORT`].default;
    expect(ports).toContain(`127.0.0.1:\${ESS_PORT_PREFIX:-}${port}:${port}`);
  }
  const timeouts = delivering.map((partner) => Number(/timeoutMs: (\d+)/.exec(connector(partner))?.[1] ?? 0));
  const slowestMs = stopGraceMs(
    timeouts.map((timeoutMs) => ({ timeoutMs, atRebalance: 'wait' as const, pipelining: 1 })),
  );
  for (const given of [grace, named('worker-hospital').stop_grace_period ?? ''])
    expect(Number(/^(\d+)s$/.exec(given)?.[1]) * 1_000).toBeGreaterThanOrEqual(slowestMs + 5_000);
});

test('each connector of the image has its demo partner: the worker takes them all', () => {
  for (const partner of connectors) expect(services.map(([name]) => name)).toContain(partner);
});

test('each connector that delivers has its demo partner, and finds it where it listens', () => {
  for (const partner of delivering) {
    const { command = [], environment = {} } = named(partner);
    const url = new URL(String(environment[`${partner.toUpperCase().replaceAll('-', '_')}_URL`]));
    expect([command[0], url.hostname, command[command.indexOf('--port') + 1]]).toEqual([partner, partner, url.port]);
    const path = url.pathname === '/' ? '' : url.pathname;
    expect(connector(partner)).toContain(`_URL:-${url.protocol}//127.0.0.1:${url.port}${path}}`);
  }
});

test('a partner that speaks TLS has a certificate of the name by which its worker calls it, of the authority that is trusted', () => {
  const made: Readonly<Record<string, string>> = demoSecrets('/nowhere', {});
  const secure = Object.entries(named('ess').environment ?? {}).filter(([, value]) => /^https:/.test(String(value)));
  expect(secure.map(([name]) => name)).toEqual(['CLINIC_FHIR_URL', 'COUNTY_LEGACY_URL']);
  for (const [name, url] of secure) {
    const textOf = (what: string) => made[name.replace(/URL$/, what)] as string;
    const certificate = new X509Certificate(textOf('CERT'));
    const { hostname } = new URL(String(url));
    expect([hostname, 'localhost'].map((host) => certificate.checkHost(host))).toEqual([hostname, 'localhost']);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.verify(new X509Certificate(textOf('CA')).publicKey)).toBe(true);
  }
});

test('each connector with doors has a demo partner that rings one of them, and finds it where inbound listens', () => {
  const { environment: doors = {} } = named('ess');
  expect(doors['ESS_INBOUND_PORT']).toBeUndefined(); // the usual one
  for (const partner of connectors.filter((one) => /^inbound:/m.test(connector(one)))) {
    const { environment = {} } = named(partner);
    const names = ['DOORBELL', 'DOOR'].map((name) => `${partner.toUpperCase().replaceAll('-', '_')}_${name}`);
    const url = new URL(String(names.map((name) => environment[name]).find(Boolean)));
    expect([partner, url.hostname, url.port]).toEqual([partner, 'ess', SETTINGS.ESS_INBOUND_PORT.default]);
    expect(connector(partner)).toContain(`- path: ${url.pathname} `);
  }
});

test('each connector that delivers has all that it asks of the environment', () => {
  for (const partner of delivering) {
    const asked = [...connector(partner).matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, name]) => name);
    const given = Object.keys(named('ess').environment ?? {}).map((name) => name.replace(/_FILE$/, ''));
    expect([partner, asked.filter((name) => !given.includes(name ?? ''))]).toEqual([partner, []]);
  }
});

describe('with the files of the service secrets and the environment of compose', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ess-compose-'));
    writeSecretFiles(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(listening)('%s listens as its healthcheck asks', async (partner) => {
    const { entrypoint: [, program = ''] = [], command = [], environment = {}, healthcheck } = named(partner);
    const port = command[command.indexOf('--port') + 1] as string;
    const env = Object.entries(environment).map(([name, value]) => [
      name,
      String(value).replace('/var/lib/ess-secrets', folder),
    ]);
    const options = { cwd: fileURLToPath(root), env: { PATH: process.env['PATH'], ...Object.fromEntries(env) } };
    const child = spawn(process.execPath, [program, partner, '--port', '0'], options);
    const ended = once(child, 'exit');
    try {
      const said = await new Promise<string>((resolve, reject) => {
        createInterface(child.stdout).once('line', resolve);
        ended.then(([code]) => reject(new Error(`it ended with ${code}`)), reject);
      });
      const [, actual = ''] = /:(\d+)\//.exec(said) ?? [];
      const [, , ...asked] = healthcheck?.test ?? [];
      const checked = await promisify(execFile)(
        process.execPath,
        asked.map((text) => text.replace(port, actual)),
        options,
      );
      expect([actual, checked.stderr]).toEqual([expect.stringMatching(/^\d+$/), '']);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  });
});

test('each file that a variable names is one that the service secrets makes, and every service sees, and no other writes', () => {
  const made = Object.keys(demoSecrets('/nowhere', {}));
  const [, , folder] = named('secrets').entrypoint ?? [];
  for (const [name, { environment = {}, volumes = [] }] of services)
    for (const [variable, file] of Object.entries(environment).filter(([one]) => one.endsWith('_FILE'))) {
      expect([name, file]).toEqual([name, `${folder}/${variable.replace(/_FILE$/, '')}`]);
      expect(made).toContain(variable.replace(/_FILE$/, ''));
      const mounted = `secrets:${folder}${name === 'secrets' ? '' : ':ro'}`;
      expect([name, volumes]).toEqual([name, expect.arrayContaining([mounted])]);
    }
});

test('the image allows its connectors the networks that Docker chooses from', () => {
  expect(dockerfile).toContain(`PARTNER_NETWORKS='"172.16.0.0/12", "192.168.0.0/16"'`);
  expect(compose.networks).toBeUndefined();
  for (const partner of delivering) expect(connector(partner)).toContain('allow: ["127.0.0.0/8"]');
});

test('Kafka and the registry are the versions of the local stack', () => {
  const version = (property: string) =>
    new RegExp(`<${property}>(.*)</${property}>`).exec(read('infra/local/tools/pom.xml'))?.[1];
  expect(named('kafka').image).toBe(`apache/kafka:${version('kafka.version')}`);
  expect(named('registry').image).toBe(`apicurio/apicurio-registry:${version('registry.version')}`);
});
