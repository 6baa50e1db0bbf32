// `ess up`: the local stack (Kafka, schema registry) and the demo partners, until Ctrl-C.
import { resolve } from 'node:path';
import type { DemoPartner } from '@ess/infra/demo/partner-server.ts';
import type { Stack } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { settingsLog } from '@ess/runtime/settings/settings-log.ts';
import { LOCAL_PERSON, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { portNumber } from '../terminal/number-option.ts';
import { print, tell, tellLines } from '../terminal/print.ts';

interface UpOptions {
  kafkaPort?: number;
  registryPort?: number;
  data: string;
  brokers?: number;
  demo: boolean;
  secure?: boolean;
  json?: boolean;
}

const DEFAULT_DATA = '.ess';

const EXAMPLES = `
Examples:
  ess up                                     Kafka on 9092 or the next free port, data under .ess/
  ess up --brokers 3 --data /tmp/cluster     a real cluster: 3 copies, 2 must acknowledge
  ess up --kafka-port 0 --registry-port 0 --data /tmp/second    a second copy beside the first
  ess up --secure                            as an agency's own Kafka: TLS, users, rights
  ess up --json --no-demo                    for scripts: one line when ready, then silence`;

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('starts a local Kafka, a schema registry and the demo partners, until Ctrl-C')
    .option(
      '--kafka-port <N>',
      'port of the (first) broker; 0 = any free one; default 9092 or the next free one',
      portNumber,
    )
    .option(
      '--registry-port <N>',
      'port of the registry; 0 = any free one; default 8081 or the next free one',
      portNumber,
    )
    .option('--data <DIR>', 'where data, logs and stack.json go; reused when it exists', DEFAULT_DATA)
    .option('--brokers <N>', 'how many brokers; default: what the data folder holds, else 1', wholeNumber)
    .option('--secure', 'TLS, a user for each program, and nobody may do more than infra/access.yaml says; it stays so')
    .option('--no-demo', 'without the demo partners')
    .option('--json', 'print one JSON line when ready')
    .addHelpText('after', EXAMPLES)
    .action(up);
}

function wholeNumber(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is wanted.');
}

async function up({ json, demo, data, secure, ...options }: UpOptions): Promise<void> {
  const stop = untilStopped();
  const { createProgress } = await import('@ess/infra/local/machine/progress.ts');
  const { startStack } = await import('@ess/infra/local/stack.ts');
  const progress = createProgress();
  await using cleanup = new Cleanup();
  try {
    const onCrash = (message: string) => {
      progress.end();
      tellLines(`ess: ${message}`);
      // A cluster lives on without one broker; a lone broker's or the registry's end is the stack's.
      if (stack !== undefined && stack.kafka.length > 1 && stack.registryProcess.pid !== undefined) return;
      process.exitCode = 1;
      stop.now();
    };
    let stack: Stack | undefined;
    const wanted = { dataDir: data, ...options, ...(secure && { secured: true }) };
    stack = await startStack({ ...wanted, onProgress: progress.show, onCrash, signal: stop.signal });
    cleanup.defer(() => stack[Symbol.asyncDispose]());
    const { secured } = stack;
    if (secured) {
      const { letUsersIn } = await import('./access/secured-users.ts');
      const settings = loadSettings(process.env, ''); // nobody has a password yet
      await letUsersIn(secured, settings.connectors, settingsLog('up', settings, { level: 'error' }).log);
    }
    const partners = demo ? await startDemo(stack, cleanup, json ? tell : print) : [];
    progress.end();
    const { brokers, registry, dataDir } = stack;
    if (json) print(JSON.stringify({ brokers, registry, data: dataDir, ...(secured && { secured: secured.folder }) }));
    else for (const line of summary(stack, partners)) print(line);
    await stop.stopped;
    if (!json) tell('stopping');
  } catch (error) {
    progress.end();
    if (!stop.signal.aborted) throw error;
  }
}

async function startDemo(stack: Stack, cleanup: Cleanup, say: (line: string) => void): Promise<DemoPartner[]> {
  const { demoSecrets, writeDemoEnv } = await import('@ess/infra/demo/demo-env.ts');
  const { startHospital } = await import('@ess/infra/demo/hospital.ts');
  const { startCountyEms } = await import('@ess/infra/demo/county-ems.ts');
  const { startClinic } = await import('@ess/infra/demo/clinic-fhir.ts');
  const { startCountyLegacy } = await import('@ess/infra/demo/county-legacy.ts');
  const secrets = demoSecrets(stack.dataDir);
  const hospital = await startHospital({
    token: secrets.HOSPITAL_SECRET,
    signingSecret: secrets.HOSPITAL_SIGNING_SECRET,
    print: say,
  });
  cleanup.defer(() => hospital.stop());
  const countyEms = await startCountyEms({
    bearer: secrets.COUNTY_EMS_TOKEN,
    signingSecret: secrets.COUNTY_EMS_SIGNING_SECRET,
    print: say,
  });
  cleanup.defer(() => countyEms.stop());
  const clinic = await startClinic({
    bearer: secrets.CLINIC_FHIR_TOKEN,
    tls: { cert: secrets.CLINIC_FHIR_CERT, key: secrets.CLINIC_FHIR_KEY },
    print: say,
  });
  cleanup.defer(() => clinic.stop());
  const countyLegacy = await startCountyLegacy({
    clientSecret: secrets.COUNTY_LEGACY_CLIENT_SECRET,
    tls: { cert: secrets.COUNTY_LEGACY_CERT, key: secrets.COUNTY_LEGACY_KEY },
    print: say,
  });
  cleanup.defer(() => countyLegacy.stop());
  writeDemoEnv(stack.dataDir, secrets, {
    HOSPITAL_URL: hospital.url,
    COUNTY_EMS_URL: countyEms.url,
    CLINIC_FHIR_URL: clinic.url,
    COUNTY_LEGACY_URL: countyLegacy.origin,
  });
  return [hospital, countyEms, clinic, countyLegacy];
}

function summary({ brokers, registry, dataDir, secured }: Stack, partners: DemoPartner[]): string[] {
  // Commands find a stack under ./.ess by themselves.
  const found = dataDir === resolve(DEFAULT_DATA);
  return [
    `Kafka       ${brokers.join(',')}`,
    `Registry    ${registry}`,
    `Data, logs  ${dataDir}`,
    ...(secured
      ? [`Users       a password each under ${secured.folder}/users; certificates: ${secured.mutual.join(',')}`]
      : []),
    ...partners.map(({ name, url }) => `${name.padEnd(11)} ${url}`),
    '',
    'Next, in another terminal:',
    ...(found ? [] : [`  export ${exported({ KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registry })}`]),
    ...(found || !secured ? [] : [`  export ${exported(securedEnv(secured.folder, LOCAL_PERSON))}`]),
    ...(partners.length > 0 ? [`  set -a; . ${dataDir}/demo.env; set +a    # what the demo partners expect`] : []),
    '  npx ess topics apply && npx ess schemas apply',
    '  npx ess worker --all',
    'Ctrl-C stops everything; the data stays.',
  ];
}

const exported = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
