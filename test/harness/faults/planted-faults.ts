// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// Five faults as operations meet them, planted over the wire in one installation that runs, each at a partner or a program of its own:
// with what has to lead whoever is alarmed to the cause.
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { framed } from '../../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../../fakes/partner.ts';
import type { Sample } from '../../fakes/prometheus.ts';
import type { RegistryProxy } from '../../fakes/registry-proxy.ts';
import { TlsPartner } from '../../fakes/tls-partner.ts';
import { writeConnector } from '../data/connector-files.ts';
import { makeRule } from '../data/rules.ts';
import { SourceTopic } from '../data/source-topic.ts';
import type { Pipeline } from '../programs/pipeline.ts';
import type { EssProcess } from '../programs/worker-process.ts';

export interface PlantedFault {
  readonly fault: string;
  /** The alert that is about it, with whom it names. */
  readonly alert: string;
  /** In what the alert says. */
  readonly summary: RegExp;
  /** P and ADDRESS in the commands of the runbook. */
  readonly partner: string;
  readonly address: string;
  /** Of whoever types them: what is away for the program is away for them. */
  readonly env: Readonly<Record<string, string>>;
  /** The cause in what they print. */
  readonly prints: RegExp;
  /** The cause in a panel that the runbook names. */
  readonly shows: (sample: Sample) => boolean;
  readonly plant: () => Promise<unknown>;
  readonly mend: () => Promise<unknown>;
}

/** Longer than what is promised, and short enough to wait for. */
export const SLOW_MS = 700;
/** Such bursts, one after the other, are more acks than EssSloBurn leaves alone. */
const BURST_RULES = 150;
const HOUR_MS = 3_600_000;
const FRAME_BYTES = 5;
const CA = 'EXPIRED_CA';

interface FaultyPartner {
  readonly name: string;
  readonly source: SourceTopic;
}

/** Partners with a topic of their own, of whom nothing is wrong yet; on a stack that nobody shares. */
export interface FaultyPartners {
  readonly slow: FaultyPartner;
  readonly expired: FaultyPartner;
  readonly far: FaultyPartner;
  readonly forgotten: FaultyPartner;
  /** Of the worker that delivers to them. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers all of them but the one with a certificate. */
  readonly fake: FakePartner;
  readonly tls: TlsPartner;
  /** The server's next certificate, valid until then. */
  readonly certificate: (untilMs: number) => { readonly cert: string; readonly key: string };
}

export async function openFaultyPartners(line: Pipeline, cleanup: Cleanup): Promise<FaultyPartners> {
  const authority = issueCertificate({ commonName: 'authority of a partner' });
  const certificate = (untilMs: number) =>
    issueCertificate({ commonName: 'partner', issuer: authority, fromMs: untilMs - 48 * HOUR_MS, untilMs });
  const fake = await FakePartner.start();
  cleanup.defer(() => fake[Symbol.asyncDispose]());
  const tls = await TlsPartner.start(certificate(Date.now() + HOUR_MS));
  cleanup.defer(() => tls[Symbol.asyncDispose]());
  const open = async (name: string, url: string, deliver = {}, config = {}): Promise<FaultyPartner> => {
    const source = await SourceTopic.open(line.stack, { partitions: 1, config });
    cleanup.defer(() => source.close());
    writeConnector(line.connectors, name, source.name, url, { deliver });
    return { name, source };
  };
  const [slow, expired, far, forgotten] = await Promise.all([
    open('slow', fake.url),
    open('expired', tls.url, { tls: { ca: `\${${CA}}` }, retry: { maxAttempts: 2, firstMs: 1 } }),
    open('far', fake.url),
    open('forgotten', fake.url, {}, { 'retention.ms': String(24 * HOUR_MS) }),
  ]);
  return { slow, expired, far, forgotten, env: { [CA]: authority.cert }, fake, tls, certificate };
}

/** A program that hangs, and another one in its place. */
export interface Hanging {
  readonly partner: string;
  readonly address: string;
  readonly process: () => EssProcess;
  readonly again: () => void;
}

/**
 * In the order in which they are to be planted.
 * @param worker delivers to `partners`, and asks `proxy` for schemas
 */
export function plantedFaults(
  line: Pipeline,
  { slow, expired, far, forgotten, fake, tls, certificate }: FaultyPartners,
  { worker, proxy, hanging }: { readonly worker: EssProcess; readonly proxy: RegistryProxy; readonly hanging: Hanging },
): PlantedFault[] {
  const { stack } = line;
  const usual = { address: hanging.address, env: {} };
  let bursts: Promise<void> | undefined;
  let isSlow = true;
  return [
    {
      ...usual,
      fault: 'the retention is nearly gone, behind a pause that was forgotten',
      alert: `EssReplayWindowShort ${forgotten.name}`,
      summary: /leaves Kafka in 3h 59m/,
      partner: forgotten.name,
      prints: /paused/,
      shows: ({ value }) => value > 0 && value < 4 * HOUR_MS,
      async plant() {
        await line.json('pause', forgotten.name, '--reason', 'a test that is over');
        await worker.logged('partner.paused', ({ partner }) => partner === forgotten.name);
        const producer = stack.kafka.producer();
        await producer.connect();
        const value = forgotten.source.encode(makeRule('old', 1));
        const timestamp = String(Date.now() - 20 * HOUR_MS);
        await producer.send({ topic: forgotten.source.name, messages: [{ key: 'old', value, timestamp }] });
        await producer.disconnect();
      },
      mend: () => line.json('resume', forgotten.name, '--reason', 'found'),
    },
    {
      ...usual,
      fault: "the partner's certificate has expired",
      alert: `EssPartnerHeld ${expired.name}`,
      summary: /is held: certificateExpired$/,
      partner: expired.name,
      prints: /CERT_HAS_EXPIRED: the certificate has expired/,
      shows: ({ labels, value }) => labels['cause'] === 'certificateExpired' && value === 1,
      plant() {
        tls.server.setSecureContext(certificate(Date.now() - HOUR_MS));
        return expired.source.publish([makeRule('a', 1)]);
      },
      mend: async () => tls.server.setSecureContext(certificate(Date.now() + HOUR_MS)),
    },
    {
      ...usual,
      fault: 'the registry is away when a new schema comes',
      alert: `EssSourceHeld ${far.name}`,
      summary: /the schema registry is away/,
      partner: far.name,
      env: { SCHEMA_REGISTRY_URL: proxy.url() },
      prints: /schema registry/,
      shows: ({ value }) => value >= 1,
      async plant() {
        const schema = { ...(readSchema('rules') as AvroRecord), doc: 'a version that no worker has met' };
        const id = await stack.subjects.register(`${far.source.name}-value`, schema);
        await proxy.down();
        await far.source.publishRaw('a', framed(id, far.source.encode(makeRule('a', 1)).subarray(FRAME_BYTES)));
      },
      mend: () => proxy.up(),
    },
    {
      ...usual,
      fault: 'a worker hangs',
      alert: `EssProgramDown ${new URL(hanging.address).host}`,
      summary: /does not answer/,
      partner: hanging.partner,
      prints: /^curl: TimeoutError$/m,
      shows: ({ labels, value }) => labels['instance'] === new URL(hanging.address).host && value === 0,
      plant: () => hanging.process().signal('SIGSTOP'),
      async mend() {
        await hanging.process().signal('SIGKILL');
        hanging.again();
      },
    },
    {
      ...usual,
      fault: 'the partner is slow',
      alert: `EssSloBurn ${slow.name}`,
      summary: /acks is later than 500 ms/,
      partner: slow.name,
      prints: /^firstByte +(7\d\d ms|[89]\d\d ms|[\d.]+ s) .* partner /m,
      // Mostly of acks that were slow.
      shows: ({ labels, value }) => labels['stage'] === 'firstByte' && value > SLOW_MS / 2000,
      async plant() {
        fake.reply = ({ body }) => ({ status: 200, afterMs: /^slow/.test(String(body['ruleId'])) ? SLOW_MS : 0 });
        bursts = (async () => {
          for (let version = 1; isSlow; version += 1) {
            const rules = Array.from({ length: BURST_RULES }, (_, index) => makeRule(`slow-${index}`, version));
            await slow.source.publish(rules);
            await line.drained(undefined, slow.name, slow.source.name);
          }
        })();
      },
      async mend() {
        isSlow = false;
        await bursts;
        fake.reply = () => 200;
      },
    },
  ];
}
