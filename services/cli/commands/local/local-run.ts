// Everything on one machine, for `ess start` and `ess demo`: the stack, its topics and schemas, the demo partners, and the programs
// that `ess serve` runs, for them. All of it is real; only the partners' business is pretended.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import type { CountyLegacy } from '@ess/infra/demo/county-legacy.ts';
import type { DemoSecrets } from '@ess/infra/demo/demo-env.ts';
import type { Hospital } from '@ess/infra/demo/hospital.ts';
import type { DemoPartner } from '@ess/infra/demo/partner-server.ts';
import type { PolicyEditor } from '@ess/infra/demo/policy-editor.ts';
import type { SpeciesIndex } from '@ess/infra/demo/species-index.ts';
import type { Stack, StackOptions } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { createLog, Redactor } from '@ess/runtime/log/log.ts';
import { settingSecrets } from '@ess/runtime/settings/settings.ts';
import { LOCAL_PERSON } from '@ess/runtime/settings/stack-file.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { applyTopics, countBrokers } from '@ess/stream/kafkajs/topics.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import { RulePublisher } from '@ess/stream/write/rule-publisher.ts';
import { parse } from 'yaml';
import type { Ticks } from '../../terminal/ticks.ts';
import { userAccess } from '../access/secured-access.ts';
import { letUsersIn } from '../access/secured-users.ts';
import { applySchemas } from '../schemas.ts';
import type { LocalPrograms } from './local-programs.ts';
import { startLocalPrograms } from './local-programs.ts';

const INFRA = fileURLToPath(new URL('../../../../infra', import.meta.url));
const PARTNERS = ['hospital', 'county-ems', 'clinic-fhir', 'county-legacy', 'species-index', 'policy-editor'];
const CONNECTORS = fileURLToPath(new URL('../../../../connectors', import.meta.url));

export interface LocalRun extends LocalPrograms, AsyncDisposable {
  readonly stack: Stack;
  readonly kafka: Kafka;
  /** Of the demo partners, with their secrets. */
  readonly connectors: readonly Connector[];
  readonly publisher: RulePublisher;
  readonly species: SpeciesIndex;
  readonly hospital: Hospital;
  readonly countyEms: DemoPartner;
  readonly clinic: DemoPartner;
  readonly countyLegacy: CountyLegacy;
  /** Who approves a policy there has it ring its door: the rule is published then. */
  readonly editor: PolicyEditor;
  /** The secrets and addresses that the demo partners and their connectors share, for a shell. */
  readonly envFile: string;
}

export interface LocalRunOptions extends StackOptions {
  readonly ticks: Ticks;
  /** Settings of the programs beside those of this process: their ports, where it has others. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Ports of the demo partners; 0 = any free one; absent: the usual ones or the next free ones. */
  readonly partnerPorts?: readonly [
    hospital: number,
    countyEms: number,
    speciesIndex: number,
    clinic: number,
    countyLegacy: number,
    policyEditor: number,
  ];
  /** Where the demo partners' own lines go. */
  readonly print: (line: string) => void;
}

export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const { ticks } = options;
  const cleanup = new Cleanup();
  try {
    const { demoEnvFile, demoSecrets, writeDemoEnv } = await import('@ess/infra/demo/demo-env.ts');
    const secrets = demoSecrets(options.dataDir);
    const redactor = new Redactor();
    redactor.add([...Object.values(secrets), ...settingSecrets()]);

    let since = performance.now();
    const { stack, ...partners } = await startStackAndPartners(options, secrets, cleanup);
    const { hospital, countyEms, clinic, countyLegacy, editor } = partners;
    ticks.done(`Kafka ${stack.brokers.join(', ')} and the schema registry are up`, since);
    ticks.done(`demo partners listen: hospital ${hospital.url}, county EMS ${countyEms.url}, clinic ${clinic.url}`);
    ticks.done(`and a county behind an old gateway: ${countyLegacy.url}`);

    since = performance.now();
    const log = createLog('ess', { level: 'error', pretty: true, redactor });
    const { secured } = stack;
    if (secured)
      ticks.done(`${await letUsersIn(secured, CONNECTORS, log)} users may do what infra/access.yaml says`, since);
    const access = secured ? userAccess(stack, LOCAL_PERSON) : { brokers: stack.brokers };
    const kafka = connectKafka(access, 'ess-local', log);
    const [topics, subjects] = await Promise.all([applyLocalTopics(kafka), applySchemas(new Subjects(stack.registry))]);
    ticks.done(`${topics} topics and ${subjects.length} schemas are in place`, since);

    since = performance.now();
    const urls = {
      HOSPITAL_URL: hospital.url,
      COUNTY_EMS_URL: countyEms.url,
      CLINIC_FHIR_URL: clinic.url,
      COUNTY_LEGACY_URL: countyLegacy.origin,
    };
    writeDemoEnv(options.dataDir, secrets, urls); // for an `ess worker` started by hand beside this run
    const env = { ...secrets, ...urls };
    const connectors = PARTNERS.map((name) =>
      loadConnector(CONNECTORS, name, { env: (variable: string) => env[variable as keyof typeof env] }),
    );
    const programs = await startLocalPrograms({
      brokers: stack.brokers,
      registry: stack.registry,
      ...(secured && { secured: secured.folder }),
      root: CONNECTORS,
      connectors,
      env: { ...env, ...options.settings },
      redactor,
      signal: options.signal,
      defer: (end) => cleanup.defer(end),
    });
    const publisher = await RulePublisher.open(kafka, stack.registry);
    cleanup.defer(() => publisher.close());
    const { doorsUrl, bridgeUrl } = programs;
    ticks.done('the worker has joined ess.hospital, ess.county-ems, ess.clinic-fhir and ess.county-legacy', since);
    hospital.doorbell = `${doorsUrl}/webhook/bedChange`;
    editor.door = `${doorsUrl}/policies`;
    ticks.done(`the doors for the hospital and the policy editor are open: ${hospital.doorbell}, ${editor.door}`);
    const species = await startSpecies(options, bridgeUrl, secrets.SPECIES_INDEX_API_KEY);
    cleanup.defer(() => species.stop());
    ticks.done(`the species index streams from ${bridgeUrl}/stream`);
    return {
      stack,
      kafka,
      connectors,
      publisher,
      ...programs,
      species,
      ...partners,
      envFile: demoEnvFile(options.dataDir),
      [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose](),
    };
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}

async function startStackAndPartners(options: LocalRunOptions, secrets: DemoSecrets, cleanup: Cleanup) {
  const [
    { startStack },
    { startHospital },
    { startCountyEms },
    { startClinic },
    { SEEN_TAKING_MS, startCountyLegacy },
    { startPolicyEditor },
  ] = await Promise.all([
    import('@ess/infra/local/stack.ts'),
    import('@ess/infra/demo/hospital.ts'),
    import('@ess/infra/demo/county-ems.ts'),
    import('@ess/infra/demo/clinic-fhir.ts'),
    import('@ess/infra/demo/county-legacy.ts'),
    import('@ess/infra/demo/policy-editor.ts'),
  ]);
  const { print } = options;
  const [hospitalPort, emsPort, , clinicPort, legacyPort, editorPort] = options.partnerPorts ?? [];
  const stack = await startStack(options);
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const hospital = await startHospital({
    ...(hospitalPort === undefined ? {} : { port: hospitalPort }),
    token: secrets.HOSPITAL_SECRET,
    signingSecret: secrets.HOSPITAL_SIGNING_SECRET,
    print,
  });
  cleanup.defer(() => hospital[Symbol.asyncDispose]());
  const countyEms = await startCountyEms({
    ...(emsPort === undefined ? {} : { port: emsPort }),
    bearer: secrets.COUNTY_EMS_TOKEN,
    signingSecret: secrets.COUNTY_EMS_SIGNING_SECRET,
    print,
  });
  cleanup.defer(() => countyEms[Symbol.asyncDispose]());
  const clinic = await startClinic({
    ...(clinicPort === undefined ? {} : { port: clinicPort }),
    bearer: secrets.CLINIC_FHIR_TOKEN,
    tls: { cert: secrets.CLINIC_FHIR_CERT, key: secrets.CLINIC_FHIR_KEY },
    print,
  });
  cleanup.defer(() => clinic[Symbol.asyncDispose]());
  const countyLegacy = await startCountyLegacy({
    ...(legacyPort === undefined ? {} : { port: legacyPort }),
    clientSecret: secrets.COUNTY_LEGACY_CLIENT_SECRET,
    tls: { cert: secrets.COUNTY_LEGACY_CERT, key: secrets.COUNTY_LEGACY_KEY },
    takesMs: SEEN_TAKING_MS,
    print,
  });
  cleanup.defer(() => countyLegacy[Symbol.asyncDispose]());
  const editor = await startPolicyEditor({
    ...(editorPort === undefined ? {} : { port: editorPort }),
    signingSecret: secrets.POLICY_EDITOR_SIGNING_SECRET,
    print,
  });
  cleanup.defer(() => editor[Symbol.asyncDispose]());
  return { stack, hospital, countyEms, clinic, countyLegacy, editor };
}

async function applyLocalTopics(kafka: Kafka): Promise<number> {
  const specs = planTopics(parse(readFileSync(`${INFRA}/topics.yaml`, 'utf8')), await countBrokers(kafka));
  return (await applyTopics(kafka, specs)).length;
}

async function startSpecies({ partnerPorts, print }: LocalRunOptions, bridgeUrl: string, apiKey: string) {
  const { startSpeciesIndex } = await import('@ess/infra/demo/species-index.ts');
  return startSpeciesIndex({ bridgeUrl, apiKey, print, ...(partnerPorts && { port: partnerPorts[2] }) });
}
