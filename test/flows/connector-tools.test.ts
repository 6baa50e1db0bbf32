// What helps a person with a new partner, without Kafka: a folder from a few answers, a probe that tells how an endpoint
// behaves, and completion in a real shell.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import type { Received } from '../fakes/partner.ts';
import { FakePartner } from '../fakes/partner.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const SIGNING_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
/** Nothing listens there. */
const NO_REGISTRY = 'http://127.0.0.1:9/none';
const BODY_MAX_BYTES = 1_000_000;

const cleanup = new Cleanup();
const root = join(temporaryFolder(cleanup), 'connectors');
mkdirSync(root);
afterAll(() => cleanup[Symbol.asyncDispose]());

async function ess(...args: string[]) {
  const secrets = { CLINIC_SECRET: 'a-token-of-ours', CLINIC_SIGNING_SECRET: SIGNING_SECRET };
  await using command = new EssProcess(args, { ESS_CONNECTORS: root, SCHEMA_REGISTRY_URL: NO_REGISTRY, ...secrets });
  const code = await command.exited;
  return { code, stdout: command.stdout, stderr: command.output.replace(command.stdout, '') };
}

test('a new connector passes check as it is, and a probe tells a careful endpoint from one that takes anything', async () => {
  await using partner = await FakePartner.start();
  const made = await ess('connector', 'new', 'clinic', '--url', partner.url, '--allow', '127.0.0.0/8', '--json');
  expect([made.code, JSON.parse(made.stdout)]).toEqual([
    0,
    expect.objectContaining({ partner: 'clinic', variables: ['CLINIC_SECRET', 'CLINIC_SIGNING_SECRET'] }),
  ]);
  expect(await ess('connector', 'check', 'clinic')).toMatchObject({ code: 0 });

  const verdicts = async () => {
    const { code, stdout } = await ess('connector', 'probe', 'clinic', '--yes', '--json');
    const { cases } = JSON.parse(stdout) as { cases: ReadonlyArray<{ case: string; verdict: string }> };
    return { code, verdicts: Object.fromEntries(cases.map((one) => [one.case, one.verdict])) };
  };
  expect(await verdicts()).toEqual({
    code: 0,
    verdicts: { valid: 'good', 'badly signed': 'weak', duplicate: 'good', stale: 'weak', oversized: 'weak' },
  });
  expect(new Set(partner.received.map(({ id }) => id)).size).toBe(4); // the duplicate alone repeats an id

  partner.reply = ({ headers, text }: Received) => {
    if (text.length > BODY_MAX_BYTES) return 413;
    try {
      new Webhook(SIGNING_SECRET).verify(text, headers as Record<string, string>); // checks the time too
      return 204;
    } catch {
      return 401;
    }
  };
  const good = { valid: 'good', 'badly signed': 'good', duplicate: 'good', stale: 'good', oversized: 'good' };
  expect(await verdicts()).toEqual({ code: 0, verdicts: good });

  const seen = new Set<string>();
  partner.reply = ({ id }) => {
    if (seen.has(id)) return 409;
    seen.add(id);
    return 200;
  };
  expect(await verdicts()).toMatchObject({ code: 1, verdicts: { valid: 'good', duplicate: 'wrong' } });
  await partner.down();
  expect(await verdicts()).toMatchObject({ code: 1, verdicts: { valid: 'wrong' } });
});

test('of a topic that is not rules nobody but its owner knows the fields: they are asked for, and no scope is', async () => {
  const made = ['connector', 'new', 'flood-office', '--topic', 'water.level'];
  const asked = await ess(...made);
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('give --url and --field')]);
  const given = await ess(...made, '--url', 'https://floods.example/levels', '--field', 'cm=level', '--json');
  expect(given).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('checked against the schemas in schemas/ alone'),
  });
  expect(parse(readFileSync(join(root, 'flood-office', 'connector.yaml'), 'utf8'))).toMatchObject({
    source: { topic: 'water.level' },
    deliver: { url: 'https://floods.example/levels' },
  });
  rmSync(join(root, 'flood-office'), { recursive: true });
});

test('a probe goes by the way that the connector says, and a test URL is taken as it is', async () => {
  await using partner = await FakePartner.start();
  const { origin } = new URL(partner.url);
  const other = temporaryFolder(cleanup);
  writeConnector(other, 'fhir', 'rules', `${origin}/Location/{ruleId}?zone={region}`, {
    deliver: { method: 'PUT', contentType: 'application/fhir+json', headers: { 'x-zone': '{region}' } },
  });
  const probed = await ess('connector', 'probe', 'fhir', '--yes', '--json', '--connectors', other);
  expect(JSON.parse(probed.stdout)).toMatchObject({
    method: 'PUT',
    url: `${new URL(origin).host}/Location/wildfire-icu-beds`,
  });
  await ess('connector', 'probe', 'fhir', '--url', `${origin}/test?x={ruleId}`, '--connectors', other);
  const asked = partner.received.map(({ method, path, headers }) => [
    method,
    path,
    headers['content-type'],
    headers['x-zone'],
  ]);
  expect(new Set(asked.map((one) => one.join(' ')))).toEqual(
    new Set([
      'PUT /Location/wildfire-icu-beds?zone=north-county application/fhir+json north-county',
      'PUT /test?x={ruleId} application/fhir+json north-county',
    ]),
  );
});

test('a probe sends of the sample what a worker would send of such a record', async () => {
  await using partner = await FakePartner.start();
  const other = temporaryFolder(cleanup);
  writeConnector(other, 'exact', 'rules', partner.url);
  mkdirSync(join(other, 'exact', 'samples'));
  const sample = { ruleId: 'r', version: '9007199254740993', status: 'active', scope: 'Hospital', minIcuBeds: 1 };
  writeFileSync(join(other, 'exact/samples/one.rule.json'), JSON.stringify(sample));
  const body = '{"ruleId":"r","version":9007199254740993,"bedCap":1}';
  writeFileSync(join(other, 'exact/samples/one.body.json'), body);
  expect(await ess('connector', 'probe', 'exact', '--yes', '--connectors', other)).toMatchObject({ code: 0 });
  expect(partner.received[0]?.text).toBe(body);
});

test('completion in bash knows commands, options and the partners at hand', async () => {
  const { stdout: script } = await ess('completion', 'bash');
  const completed = (...words: string[]): string[] => {
    const line = `COMP_WORDS=(ess ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _ess; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const shell = spawnSync('bash', ['-c', `${script}\n${line}`], {
      encoding: 'utf8',
      env: { ...process.env, ESS_CONNECTORS: root },
    });
    expect(shell.stderr).toBe('');
    return shell.stdout.split('\n').filter((word) => word !== '');
  };
  expect(completed('rep')).toEqual(['replay']);
  expect(completed('replay', 'un')).toEqual(['undo']);
  expect(completed('replay', '--fr')).toEqual(['--from-offset', '--from-event']);
  expect(completed('dead-letters', 'red')).toEqual(['redrive']);
  expect(completed('worker', 'cl')).toEqual(['clinic']);
  expect(completed('dead-letters', 'list', '--partner', '')).toEqual(['clinic']);
});
