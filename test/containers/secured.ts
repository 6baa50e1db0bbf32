// The same with docker-compose.secure.yml beside it: the exercise on a Kafka that denies what nobody granted, with files that Compose hands out.
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Checks } from './checks.ts';
import { equal } from './checks.ts';
import { Copy } from './copy.ts';
import { badEnds, up } from './play.ts';
import type { Shell } from './shell.ts';
import { delivers, outage, RULE, tellsOfDeliveries } from './story.ts';
import type { Compose } from './tools.ts';

const FILES = ['docker-compose.kafka.yml', 'docker-compose.secure.yml'];
const SERVICES = 'clinic-fhir county-ems county-legacy ess hospital kafka policy-editor registry species-index'.split(
  ' ',
);
/** Somebody who is not the user of any image. */
const OWNER = 4321;
const MISSING = 'Write on topic rules';

export async function playSecured(
  shell: Shell,
  checks: Checks,
  folder: string,
  { command, why }: Compose,
): Promise<void> {
  checks.title('Compose v2, on a secured Kafka');
  if (command === undefined) return checks.leftOut('a secured Kafka in containers', why ?? '');
  await using cleanup = new Cleanup();
  const copy = new Copy(shell, command, folder, 'ess-secured', { files: FILES });
  cleanup.defer(() => copy[Symbol.asyncDispose]());
  await checks.that('whoever owns the folder makes certificates and passwords there, once', async () => {
    const secrets = join(folder, '.ess/kafka-secrets');
    mkdirSync(secrets, { recursive: true });
    chownSync(secrets, OWNER, OWNER);
    const make = () => copy.compose(['run', '--rm', '--user', String(OWNER), 'certificates']);
    equal(/made ca-key\.pem, ca\.pem, kafka\.pem/.test(await make()), true);
    equal(/all files were there/.test(await make()), true);
  });
  const isUp = await checks.that(
    'up --wait: nine services are healthy, on a Kafka that denies what nobody granted',
    async () => {
      await up(copy);
      const running = (await copy.containers()).filter(({ state }) => state === 'running');
      equal(running.map(({ service }) => service).sort(), SERVICES);
    },
  );
  if (!isUp) return;
  await checks.that('the exercise plays on it', async () => {
    await delivers(copy);
    await tellsOfDeliveries(copy);
    await outage(copy);
  });
  await checks.that('programs that start again read back what is in force, and go on', async () => {
    await copy.compose(['restart', 'ess']);
    await outage(copy);
  });
  await checks.that('each program has the rights of its own user, and none too much', () =>
    copy.ess('access', 'check'),
  );
  await checks.that('nobody gets in without TLS, or with a wrong password', async () => {
    const { id } = await copy.one('ess');
    const asked = async (...env: string[]) => {
      const set = env.flatMap((one) => ['-e', one]);
      const { code, output } = await shell.run('docker', ['exec', ...set, id, 'ess', 'status']);
      return `${code} ${output}`;
    };
    const plain = ['KAFKA_SSL=false', 'KAFKA_SSL_CA_FILE='];
    const nobody = ['KAFKA_SASL_MECHANISM=', 'KAFKA_SASL_USERNAME=', 'KAFKA_SASL_PASSWORD_FILE='];
    equal((await asked(...plain, ...nobody)).startsWith('1 '), true);
    equal((await asked(...nobody)).startsWith('1 '), true);
    const wrong = await asked('KAFKA_SASL_PASSWORD=wrong', 'KAFKA_SASL_PASSWORD_FILE=');
    equal(/does not let User:ess-ops in/.test(wrong), true);
  });
  await checks.that(
    'a container has the passwords of its own users alone, and no key of the administrator',
    async () => {
      await copy.compose(['up', '-d', '--wait', 'worker-hospital']);
      const { id } = await copy.one('worker-hospital');
      const seen = await shell.must('docker', ['exec', id, 'ls', '/run/secrets']);
      equal(seen.trim().split(/\s+/), ['ca.pem', 'ess-worker-hospital.password']);
      await delivers(copy);
    },
  );
  await checks.that('a right that is taken away is named, to whom it is missing and by ess access check', async () => {
    const less = "sed '/Write: \\[rules, /s/rules, //' infra/access.yaml >/tmp/less.yaml";
    const take = `${less} && ess access apply --prune --file /tmp/less.yaml`;
    const taken = await copy.compose(['run', '--rm', '--entrypoint', 'sh', 'access', '-c', take]);
    equal(taken.includes(`taken away  ess-ops: ${MISSING}`), true);
    const { id } = await copy.one('ess');
    const refused = async (...args: string[]) => {
      const { code, output } = await shell.run('docker', ['exec', id, 'ess', ...args]);
      equal(code, 1);
      return output;
    };
    equal((await refused('access', 'check')).includes(`missing     ess-ops: ${MISSING}`), true);
    equal((await refused('publish', RULE)).includes(`Kafka refuses User:ess-ops the right ${MISSING}`), true);
    await copy.compose(['run', '--rm', 'access']);
    await copy.ess('access', 'check');
    await delivers(copy);
  });
  await checks.that('it stops within its grace, with 0', async () => {
    await copy.compose(['--profile', 'workers', 'stop']);
    equal(badEnds(await copy.containers()), []);
  });
}
