// The secured Kafka of Compose, without a Docker engine: every user is one of the plan, gets in with a file that is made, and sees no other
// user's; the brokers are as those of `ess up --secure`.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planAccess, plannedUsers } from '@ess/domain/access/access-plan.ts';
import { SETTINGS } from '@ess/runtime/settings/settings-table.ts';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { prepareSecured, securedProperties } from '../local/secured.ts';
import { makeSecuredFiles } from './secured-files.ts';

interface Service {
  image?: string;
  environment?: Record<string, string | number>;
  secrets?: string[];
  command?: string[];
  depends_on?: Record<string, unknown>;
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => parse(readFileSync(new URL(path, root), 'utf8'), { merge: true, maxAliasCount: -1 });
const base = read('docker-compose.kafka.yml');
const secure = read('docker-compose.secure.yml');
const services = Object.entries(secure.services as Record<string, Service>);
const named = (name: string): Service => secure.services[name];
const users = named('certificates').command as string[];
/** The partners that have a worker of their own. */
const partners = Object.keys(base.services).flatMap((name) => /^worker-(.*)/.exec(name)?.[1] ?? []);
const plan = read('infra/access.yaml');
const delivering = partners.map((partner) => ({ partner, source: 'rules', delivers: true, streams: false, doors: [] }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ess-secured-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('everybody of infra/access.yaml has a password, but for partners that come with a client of their own', () => {
  expect(new Set(users)).toEqual(new Set(plannedUsers(plan, delivering)));
});

test('each program that asks Kafka is somebody there, and has the files of its own users alone', () => {
  const asking = Object.entries(
    base.services as Record<string, Service & { entrypoint?: string[]; command?: string[] }>,
  )
    .filter(([, { entrypoint }]) => !/infra\/demo/.test(entrypoint?.join(' ') ?? ''))
    .map(([name]) => name)
    .filter((name) => !['kafka', 'registry', 'prometheus', 'grafana'].includes(name));
  for (const name of asking) {
    const { environment = {}, secrets = [] } = named(name);
    const user = String(environment['KAFKA_SASL_USERNAME']);
    const programs = name === 'ess' ? ['worker', 'inbound', 'bridge', 'observer', 'console', 'ops'] : ['ops'];
    const own = programs.map((program) => user.replace('<program>', program));
    expect([name, users]).toEqual([name, expect.arrayContaining(own)]);
    expect([name, environment['KAFKA_SASL_PASSWORD_FILE']]).toEqual([name, `/run/secrets/${user}.password`]);
    expect([name, [...secrets].sort()]).toEqual([
      name,
      ['ca.pem', ...new Set(own.map((one) => `${one}.password`))].sort(),
    ]);
  }
});

test('what may do everything, and the brokers own key, are each in one container', () => {
  const holders = (secret: string) =>
    services.filter(([, { secrets }]) => secrets?.includes(secret)).map(([name]) => name);
  expect(['ess-admin-key.pem', 'kafka.pem', 'ess-registry.pem', 'ca-key.pem'].map(holders)).toEqual([
    ['access'],
    ['kafka'],
    ['registry'],
    [],
  ]);
});

test('variables are settings, files are secrets that the container has, and secrets are files that are made', () => {
  const made = makeSecuredFiles(folder, users);
  for (const [name, { file }] of Object.entries(secure.secrets as Record<string, { file: string }>)) {
    expect(made).toContain(name);
    expect(file.endsWith(`/${name}`)).toBe(true);
  }
  for (const [name, { environment = {}, secrets = [], image }] of services)
    for (const [variable, value] of Object.entries(environment)) {
      if (image === 'ess:local') expect(Object.keys(SETTINGS)).toContain(variable.replace(/_FILE$/, ''));
      const [, secret] = /^\/run\/secrets\/(.*)$/.exec(String(value)) ?? [];
      if (secret !== undefined && !secret.includes('<'))
        expect([name, secrets]).toEqual([name, expect.arrayContaining([secret])]);
    }
});

test('the brokers deny, and take users and certificates, as those of ess up --secure do', () => {
  const { environment = {} } = named('kafka');
  // As the image of Apache Kafka reads them.
  const property = (name: string) =>
    name
      .replace(/^KAFKA_/, '')
      .toLowerCase()
      .replaceAll('_', '.')
      .replaceAll('...', '-')
      .replaceAll('..', '_');
  const compose = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [property(name), String(value).replaceAll('$$', '$')]),
  );
  const host = '127.0.0.1';
  const local = securedProperties(prepareSecured(folder, host), host, { client: 1, mutual: 2, controller: 3 });
  const same = Object.entries(local).filter(([name]) => !/listeners|protocol\.map|location$|jaas/.test(name));
  expect(compose).toMatchObject(Object.fromEntries(same.map(([name, value]) => [name, String(value)])));
  const jaas = local['listener.name.secured.scram-sha-512.sasl.jaas.config'];
  for (const listener of ['host', 'internal'])
    expect(compose[`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]).toBe(jaas);
  // The image asks for key stores of Java, and for a file of logins, where it finds these.
  expect(compose['advertised.listeners']).not.toMatch(/SSL:\/\/|SASL_/);
});

test('the registry has rights where it keeps schemas, and none where records of ours are', () => {
  const grants = planAccess(read('infra/docker/access.yaml'), []);
  expect(new Set(grants.map(({ user }) => user))).toEqual(new Set(['ess-registry']));
  const ours = Object.keys(read('infra/topics.yaml').topics);
  expect(
    grants.filter(({ name, prefixed }) => ours.some((one) => (prefixed ? one.startsWith(name) : one === name))),
  ).toEqual([]);
});

describe('the files', () => {
  test('are made once; certificates are of the authority, for the names by which brokers are called', () => {
    makeSecuredFiles(folder, users);
    const [authority, broker, admin] = ['ca.pem', 'kafka.pem', 'ess-admin.pem'].map(
      (name) =>
        new X509Certificate(readFileSync(join(folder, name), 'utf8').replace(/^[\s\S]*?(?=-----BEGIN CERT)/, '')),
    ) as [X509Certificate, X509Certificate, X509Certificate];
    for (const one of [broker, admin]) expect(one.verify(authority.publicKey)).toBe(true);
    expect(['kafka', 'localhost'].map((name) => broker.checkHost(name))).toEqual(['kafka', 'localhost']);
    expect(broker.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect([broker.subject, admin.subject]).toEqual(['CN=ess-broker', 'CN=ess-admin']);
    expect(makeSecuredFiles(folder, users)).toEqual([]);
  });

  test('may be read by whoever the images run as, and the folder by its owner alone', () => {
    makeSecuredFiles(folder, users);
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toEqual(
      Object.fromEntries(modes.map(([name]) => [name, name === 'ca-key.pem' ? 0o400 : 0o444])),
    );
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('of your own stay, and what they cannot be completed with is said', () => {
    writeFileSync(join(folder, 'ca.pem'), 'yours');
    expect(() => makeSecuredFiles(folder, users)).toThrow(
      /no kafka\.pem, ess-registry\.pem, ess-admin\.pem: put those/,
    );
    for (const name of ['kafka.pem', 'ess-registry.pem', 'ess-admin.pem']) writeFileSync(join(folder, name), 'yours');
    writeFileSync(join(folder, 'ess-ops.password'), 'yours');
    expect(makeSecuredFiles(folder, ['ess-ops', 'ess-bridge'])).toEqual(['ess-bridge.password']);
    expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe('yours');
  });
});
