// Everything on one machine, for `ess start` and `ess demo`: the stack, its topics and schemas, the two demo partners and
// a worker for both. All of it is real; only the partners' business is pretended.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EssError } from '@ess/domain/error.ts';
import { planTopics } from '@ess/domain/topic-plan.ts';
import type { Inbound } from '@ess/inbound/inbound.ts';
import type { DemoSecrets } from '@ess/infra/demo/demo-env.ts';
import type { Hospital } from '@ess/infra/demo/hospital.ts';
import type { DemoPartner } from '@ess/infra/demo/partner-server.ts';
import type { Stack, StackOptions } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { loadConnector } from '@ess/runtime/connector-folder.ts';
import type { Log } from '@ess/runtime/log.ts';
import { createLog, Redactor } from '@ess/runtime/log.ts';
import type { InboundSettings } from '@ess/runtime/settings.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/client.ts';
import { connectKafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import { readRange } from '@ess/stream/range.ts';
import { RulePublisher } from '@ess/stream/rule-publisher.ts';
import { Subjects } from '@ess/stream/subjects.ts';
import { applyTopics, countBrokers } from '@ess/stream/topics.ts';
import type { Worker } from '@ess/worker/worker.ts';
import { parse } from 'yaml';
import { applySchemas } from './commands/schemas.ts';
import type { Ticks } from './ticks.ts';

const INFRA = fileURLToPath(new URL('../../infra', import.meta.url));
const CONNECTORS = fileURLToPath(new URL('../../connectors', import.meta.url));

export interface LocalRun extends AsyncDisposable {
  readonly stack: Stack;
  readonly kafka: Kafka;
  readonly publisher: RulePublisher;
  readonly worker: Worker;
  readonly inbound: Inbound;
  readonly hospital: Hospital;
  readonly countyEms: DemoPartner;
}

export interface LocalRunOptions extends StackOptions {
  readonly ticks: Ticks;
  readonly workerPort: number;
  readonly inbound: InboundSettings & { readonly port: number };
  /** Ports of the demo partners; 0 = any free one; absent: the usual ones or the next free ones. */
  readonly partnerPorts?: readonly [hospital: number, countyEms: number];
  readonly onFatal: (error: Error) => void;
  /** Where the demo partners' own lines go. */
  readonly print: (line: string) => void;
}

export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const { ticks } = options;
  const cleanup = new Cleanup();
  try {
    const { demoSecrets, writeDemoEnv } = await import('@ess/infra/demo/demo-env.ts');
    const secrets = demoSecrets(options.dataDir);
    const redactor = new Redactor();
    redactor.add(Object.values(secrets));
    const log = createLog('ess', { pretty: true, redactor });

    let since = performance.now();
    const [stack, hospital, countyEms] = await startStackAndPartners(options, secrets, cleanup);
    ticks.done(`Kafka ${stack.brokers.join(', ')} and the schema registry are up`, since);
    ticks.done(`demo partners listen: hospital ${hospital.url}, county EMS ${countyEms.url}`);

    since = performance.now();
    const kafka = connectKafka({ brokers: stack.brokers }, 'ess-local', quiet(log));
    const [topics, subjects] = await Promise.all([applyLocalTopics(kafka), applySchemas(new Subjects(stack.registry))]);
    ticks.done(`${topics} topics and ${subjects.length} schemas are in place`, since);

    since = performance.now();
    const urls = { HOSPITAL_URL: hospital.url, COUNTY_EMS_URL: countyEms.url };
    writeDemoEnv(options.dataDir, secrets, urls); // for an `ess worker` started by hand beside this run
    const env = { ...secrets, ...urls };
    const connectors = ['hospital', 'county-ems'].map((name) =>
      loadConnector(CONNECTORS, name, { env: (variable: string) => env[variable as keyof typeof env] }),
    );
    const { startWorker } = await import('@ess/worker/worker.ts');
    const worker = await startWorker({
      kafka: { brokers: stack.brokers },
      registry: stack.registry,
      connectors,
      log,
      adminPort: options.workerPort,
      onFatal: options.onFatal,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    cleanup.defer(() => worker.stop());
    const { startInbound } = await import('@ess/inbound/inbound.ts');
    const opening = startInbound({
      ...options.inbound,
      kafka: { brokers: stack.brokers },
      registry: stack.registry,
      connectors,
      log: quiet(log),
      onFatal: options.onFatal,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    // The doors open while the worker joins.
    opening.catch(() => undefined);
    const publisher = await RulePublisher.open(kafka, stack.registry);
    cleanup.defer(() => publisher.close());
    await worker.assigned;
    ticks.done('the worker has joined ess.hospital and ess.county-ems', since);
    const inbound = await opening;
    cleanup.defer(() => inbound.stop());
    hospital.doorbell = `${inbound.url}/webhook/bedChange`;
    ticks.done(`the door for the hospital is open: ${hospital.doorbell}`);
    return {
      stack,
      kafka,
      publisher,
      worker,
      inbound,
      hospital,
      countyEms,
      [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose](),
    };
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}

/** Where the event of this ring is in hospital.bedChange. @throws EssError when it is not there, or there more than once */
export async function bedChangeOf({ kafka, stack }: LocalRun, id: string): Promise<string> {
  const codec = new Codec(stack.registry);
  const found: string[] = [];
  for await (const batch of readRange(kafka, { topic: 'hospital.bedChange' })) {
    await codec.prepare(batch.map(({ value }) => value));
    for (const { partition, offset, value } of batch) {
      const decoded = codec.decode(value, 'BedChanged');
      if (decoded.ok && decoded.record['eventId'] === id) found.push(`${partition}:${offset}`);
    }
  }
  const [place] = found;
  if (place === undefined || found.length > 1)
    throw new EssError('ESS_STACK', `the ring ${id} is ${found.length} times in hospital.bedChange`);
  return place;
}

/** The wildfire rule of the founding story, or another version of it. */
export function wildfireRule(version: number, more: Partial<RulePublished> = {}): RulePublished {
  const rule = JSON.parse(readFileSync(`${INFRA}/demo/wildfire.json`, 'utf8')) as Partial<RulePublished>;
  return {
    ...({
      region: null,
      effectiveDate: null,
      auditStamp: null,
      minIcuBeds: null,
      minVentilators: null,
    } as RulePublished),
    ...{ pauseSurveys: null, noFlyRadiusKm: null, parameters: {} },
    ...rule,
    eventId: randomBytes(9).toString('base64url'),
    publishedAt: Date.now(),
    version,
    ...more,
  };
}

async function startStackAndPartners(options: LocalRunOptions, secrets: DemoSecrets, cleanup: Cleanup) {
  const [{ startStack }, { startHospital }, { startCountyEms }] = await Promise.all([
    import('@ess/infra/local/stack.ts'),
    import('@ess/infra/demo/hospital.ts'),
    import('@ess/infra/demo/county-ems.ts'),
  ]);
  const { print } = options;
  const [hospitalPort, emsPort] = options.partnerPorts ?? [];
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
  return [stack, hospital, countyEms] as const;
}

async function applyLocalTopics(kafka: Kafka): Promise<number> {
  const specs = planTopics(parse(readFileSync(`${INFRA}/topics.yaml`, 'utf8')), await countBrokers(kafka));
  return (await applyTopics(kafka, specs)).length;
}

/** The broker's comings and goings are told by the ticks. */
function quiet(log: Log): Log {
  return log.child({}, { level: 'error' });
}
