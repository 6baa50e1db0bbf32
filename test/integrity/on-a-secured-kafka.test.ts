// A Kafka with TLS, users and rights that denies what nobody granted: the story plays on it, every login gets in, and a right that is
// missing is named. Nobody has a right too much: what infra/access.yaml grants is what the programs need.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readNewestVersions } from '@ess/bridge/projector/newest-versions.ts';
import { adminAccess, userAccess } from '@ess/cli/commands/access/secured-access.ts';
import type { Finding } from '@ess/cli/commands/doctor/finding.ts';
import { ANY_PORTS } from '@ess/cli/commands/local/demo.ts';
import { Exercise } from '@ess/cli/commands/local/exercise.ts';
import type { LocalRun } from '@ess/cli/commands/local/local-run.ts';
import { startLocalRun } from '@ess/cli/commands/local/local-run.ts';
import { wildfireRule } from '@ess/cli/commands/local/wildfire-rule.ts';
import { Ticks } from '@ess/cli/terminal/ticks.ts';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { clientCertificate } from '@ess/infra/local/secured.ts';
import type { SecuredStack } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { LOCAL_ADMIN, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { grant, revoke } from '@ess/stream/access/acls.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startUnsignedTokens } from '../fakes/unsigned-tokens.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { runRaw } from '../harness/programs/raw-command.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { findingsOfDoctor } from '../judges/findings-of-doctor.ts';
import { rightsTakenAway } from '../judges/rights-taken-away.ts';

const cleanup = new Cleanup();
const log = createLog('test', { level: 'silent' });
const MODULE = 'org.apache.kafka.common.security';
/** Beside what a secured stack of ours has: what else an agency's own may want. */
const MORE_LOGINS = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  'listener.name.secured.plain.sasl.jaas.config': `${MODULE}.plain.PlainLoginModule required user_ess-ops="plain pass";`,
  'listener.name.secured.scram-sha-256.sasl.jaas.config': `${MODULE}.scram.ScramLoginModule required;`,
  'listener.name.secured.oauthbearer.sasl.jaas.config': `${MODULE}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  // Kafka asks again who we are; between two requests of every program, all the time that this file runs.
  'connections.max.reauth.ms': '5000',
};
let run: LocalRun;
let secured: SecuredStack;
let env: Record<string, string>;

beforeAll(async () => {
  const dataDir = mkdtempSync(join(REPOSITORY, '.ess', `secured-${process.pid}-`));
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  run = await startLocalRun({
    ticks: new Ticks(),
    dataDir,
    secured: true,
    brokerSettings: MORE_LOGINS,
    kafkaPort: 0,
    registryPort: 0,
    settings: ANY_PORTS,
    partnerPorts: [0, 0, 0, 0, 0, 0],
    print: () => undefined,
    onCrash: console.error,
  });
  cleanup.defer(() => run[Symbol.asyncDispose]());
  secured = run.stack.secured as SecuredStack;
  env = {
    KAFKA_BROKERS: run.stack.brokers.join(','),
    SCHEMA_REGISTRY_URL: run.stack.registry,
    ...securedEnv(secured.folder, 'ess-ops'),
  };
});
afterAll(() => cleanup[Symbol.asyncDispose]());

test('the story plays on it: deliver, outage, stream, replay, door, view', async () => {
  const ticks = new Ticks();
  await new Exercise(run, ticks, { waitMs: PATIENCE_MS, resumeWithinMs: PATIENCE_MS }).run(1_000);
  expect(ticks.failures).toBe(0);
});

test('a bridge that starts again may read back what is in force', async () => {
  const kafka = connectKafka(userAccess(run.stack, 'ess-bridge'), 'ess-test', log);
  const newest = await readNewestVersions(kafka, 'rules.latest', [...Array(12).keys()]);
  expect(newest.size).toBeGreaterThan(0);
});

test('a person replays, parks and redrives', async () => {
  const before = run.hospital.received.length;
  const replay = await runRaw(['replay', 'hospital', '--since', '1h', '--yes', '--json'], env);
  expect([replay.code, replay.stderr]).toEqual([0, expect.any(String)]);
  await run.hospital.waitFor(
    (received) => received.slice(before).some(({ headers }) => headers['ess-replay']),
    PATIENCE_MS,
  );
  await run.publisher.publish([wildfireRule(1, { ruleId: 'no-beds', minIcuBeds: -1 })]);
  const list = await eventually('the rule is parked', async () => {
    const { code, stdout } = await runRaw(['dead-letters', 'list', '--partner', 'hospital', '--json'], env);
    expect(code).toBe(0);
    return stdout.includes('no-beds') ? stdout : undefined;
  });
  expect(list).toContain('hospital');
  const redriven = await runRaw(['dead-letters', 'redrive', '--partner', 'hospital', '--yes', '--json'], env);
  expect(redriven.code).toBe(1); // the hospital does not take it now either
  expect(redriven.stderr).not.toContain('Kafka refuses');
  expect(redriven.stdout).toContain('"selected":1');
});

test('what is granted is what is needed, and the doctor finds nothing that fails', async () => {
  const [check, doctor] = await Promise.all([
    runRaw(['access', 'check'], env),
    runRaw(['doctor', '--json'], {
      ...env,
      ...(parseEnv(readFileSync(run.envFile, 'utf8')) as Record<string, string>),
    }),
  ]);
  expect(check).toMatchObject({ code: 0, stdout: 'every right is in place, and none is too much\n' });
  const findings = doctor.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  // Programs of other tests may have the usual ports.
  expect(findings.filter(({ check: of, status }) => status !== 'ok' && of !== 'ports')).toEqual([]);
  expect(doctor.code).toBe(0);
  const looked = [
    'broker',
    'tls',
    'kafka',
    'clock',
    'topics',
    'rights',
    'registry',
    'schemas',
    'records',
    'connectors',
    'disk',
    'ports',
  ];
  expect(new Set(findings.map(({ check: of }) => of))).toEqual(new Set(looked));
});

test('what is wrong with Kafka is found by the doctor, each with its remedy', async () => {
  const apply = 'run "ess access apply" as an administrator';
  const notLooked = (check: string) =>
    expect.stringMatching(
      `^warn ${check}: not looked at: Kafka refuses User:ess-ops the right Describe on the cluster: .* → run the doctor as ess-ops`,
    );
  expect(await findingsOfDoctor(run.stack, env)).toEqual({
    nothing: [],
    'a wrong password': [
      expect.stringMatching(
        /^fail kafka: .*Kafka does not let User:ess-ops in by scram-sha-512.* → look at KAFKA_SSL and KAFKA_SASL_\*, and at the user in Kafka$/,
      ),
    ],
    'a clock that is wrong': [
      expect.stringMatching(/^fail clock: Kafka's clock and ours are \d{6} ms apart → let NTP set both$/),
    ],
    'a topic with another retention': [
      'fail topics: hospital.bedChange: not retention.ms=604800000 → run "ess topics apply"; more partitions of rules: "ess topics grow"',
    ],
    'no right to look': [notLooked('clock'), notLooked('rights')],
    'a topic that may not be seen': expect.arrayContaining([
      expect.stringMatching(
        `^fail topics: Kafka refuses User:ess-ops the right Describe on topic rules\\.latest .* → ${apply}$`,
      ),
      `fail rights: ess-ops lacks Read on topic rules.latest → ${apply}`,
    ]),
  });
});

test('what differs from the plan is named, and put right', async () => {
  const kafka = connectKafka(adminAccess(secured), 'ess-test', log);
  const ofTopic = { resource: 'topic', operation: 'Read', prefixed: false } as const;
  await revoke(kafka, [{ ...ofTopic, user: 'partner-species-index', name: 'public.rules' }]);
  await grant(kafka, [{ ...ofTopic, user: 'partner-species-index', name: 'rules' }]);
  const check = () => runRaw(['access', 'check'], env);
  expect(await check()).toMatchObject({
    code: 1,
    stdout: [
      'missing     partner-species-index: Read on topic public.rules\n',
      'too much    partner-species-index: Read on topic rules\n',
    ].join(''),
  });
  const apply = (user: string) =>
    runRaw([...'access apply'.split(' '), '--prune'], { ...env, ...securedEnv(secured.folder, user) });
  const refused = await apply('ess-ops');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('Kafka refuses User:ess-ops the right Alter on the cluster');
  expect(await apply(LOCAL_ADMIN)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^granted .*\ntaken away /),
  });
  expect(await check()).toMatchObject({ code: 0 });
});

test('a user of the plan gets the password that stands in a file', async () => {
  const name = 'partner-species-index';
  const dir = join(secured.folder, 'handed-out');
  mkdirSync(dir);
  writeFileSync(join(dir, `${name}.password`), 'of a client\n');
  const admin = { ...env, ...securedEnv(secured.folder, LOCAL_ADMIN) };
  expect(await runRaw(['access', 'apply', '--passwords', dir], admin)).toMatchObject({
    code: 0,
    stdout: `password    ${name}\nevery right is in place\n`,
  });
  const tls = { ca: { text: readFileSync(secured.ca, 'utf8') } };
  const sasl = { mechanism: 'scram-sha-512', username: name, password: { text: 'of a client' } } as const;
  const client = connectKafka({ brokers: run.stack.brokers, tls, sasl }, 'ess-test', log).admin();
  await client.connect();
  expect(await client.listTopics()).toEqual(['public.rules']);
  await client.disconnect();
});

test('every login gets in, and a wrong one is told why', async () => {
  const tls = { ca: { text: readFileSync(secured.ca, 'utf8') } };
  const { brokers } = run.stack;
  await using tokens = await startUnsignedTokens('ess-ops');
  const scram = await run.stack.kafkaTool(
    'kafka.admin.ConfigCommand',
    [
      ...['--bootstrap-server', secured.mutual[0] as string, '--command-config', secured.toolConfig],
      ...['--alter', '--entity-type', 'users', '--entity-name', 'ess-ops'],
      ...['--add-config', 'SCRAM-SHA-256=[password=of-256]'],
    ],
    { timeoutMs: PATIENCE_MS },
  );
  expect(scram).toMatchObject({ code: 0 });
  const certificate = clientCertificate(secured.folder, 'ess-ops');
  const username = 'ess-ops';
  const logins: Record<string, KafkaAccess> = {
    plain: { brokers, tls, sasl: { mechanism: 'plain', username, password: { text: 'plain pass' } } },
    'scram-sha-256': { brokers, tls, sasl: { mechanism: 'scram-sha-256', username, password: { text: 'of-256' } } },
    'scram-sha-512': {
      brokers,
      tls,
      sasl: { mechanism: 'scram-sha-512', username, password: { text: secured.passwordOf(username) } },
    },
    oauthbearer: {
      brokers,
      tls,
      sasl: { mechanism: 'oauthbearer', tokenUrl: tokens.url, clientId: username, clientSecret: { text: 's' } },
    },
    certificate: {
      brokers: secured.mutual,
      tls: { ...tls, cert: { text: certificate.cert }, key: { text: certificate.key } },
    },
    administrator: adminAccess(secured),
  };
  for (const [name, access] of Object.entries(logins)) {
    const admin = connectKafka(access, `login-${name}`, log).admin();
    await admin.connect();
    expect([name, await admin.listTopics()]).toEqual([name, expect.arrayContaining(['rules'])]);
    await admin.disconnect();
  }
  const refused = await runRaw(['status'], { ...env, KAFKA_SASL_PASSWORD_FILE: '', KAFKA_SASL_PASSWORD: 'wrong' });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('Kafka does not let User:ess-ops in by scram-sha-512');
  const strange = await runRaw(['status'], { ...env, KAFKA_SSL_CA_FILE: '' });
  expect(strange.code).toBe(1);
  expect(strange.stderr).toMatch(/TLS: .*certificate/);
});

/** @returns what was told while one connection asked until its third token */
async function asksAgain(): Promise<string[]> {
  await using tokens = await startUnsignedTokens('ess-ops', 4);
  const tls = { ca: { text: readFileSync(secured.ca, 'utf8') } };
  const sasl = {
    mechanism: 'oauthbearer',
    tokenUrl: tokens.url,
    clientId: 'ess',
    clientSecret: { text: 's' },
  } as const;
  const told: string[] = [];
  const loud = createLog('test', { level: 'warn', write: (line) => told.push(line) });
  const kafka = connectKafka({ brokers: run.stack.brokers, tls, sasl }, 'reauth', loud);
  const admin = kafka.admin();
  await admin.connect();
  // Each answer over the same connection: a session ends with its token.
  await eventually('three tokens were fetched', async () => {
    expect(await admin.fetchTopicOffsets('rules')).toHaveLength(12);
    return tokens.fetched >= 3 ? true : undefined;
  });
  await admin.disconnect();
  return told;
}

test('a connection of before goes on when Kafka asks again, with the token of then', async () => {
  let told = await asksAgain();
  // A machine that stands for longer than a token has left ends a connection: then another one shows it.
  for (let more = 0; more < 4 && told.length > 0; more += 1) told = await asksAgain();
  expect(told).toEqual([]);
});

test('each right taken away once is named, with the resource, and how it is granted', async () => {
  const { rows, unnamed } = await rightsTakenAway(run.stack);
  expect(unnamed).toEqual([]);
  expect(rows).toBeGreaterThanOrEqual(20);
});
